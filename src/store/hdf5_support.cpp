// SPDX-License-Identifier: MIT
#include "store/hdf5_support.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gridring/core/error.hpp"

namespace gridring::store {
namespace {

/// Keeps the first entry of an upward walk: the innermost, which names the cause ("truncated file: eof = …").
herr_t keep_innermost(unsigned depth, const H5E_error2_t* entry, void* reason) {
    if (depth == 0 && entry->desc != nullptr) *static_cast<std::string*>(reason) = entry->desc;
    return 0;
}

}  // namespace

Handle text_type() {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

std::string extents_text(const Shape& shape) {
    return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, " x "));
}

void silence_hdf5() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

void fail(const std::string& path, std::string_view what) {
    std::string reason;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
    throw StoreError(path, reason.empty() ? std::string(what) : fmt::format("{} ({})", what, reason));
}

}  // namespace gridring::store
