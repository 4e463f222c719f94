// SPDX-License-Identifier: MIT
#include "store/hdf5_support.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "gridring/core/error.hpp"
#include "store/file_bytes.hpp"

namespace gridring::store {
namespace {

// A damaged shape must not ask for all the memory there is.
constexpr std::int64_t most_elements = std::int64_t{1} << 36;

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

Handle open_read_only(const std::string& path, const std::string& expected, FileBytes* content) {
    silence_hdf5();
    if (std::error_code unknown; !std::filesystem::exists(path, unknown))  // a name too long, say, is no file either
        throw StoreError(path, "no such file; expected " + expected);
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
#if H5_VERSION_GE(1, 10, 7)
    // No locks: files are replaced, never changed, and some cluster file systems know no locks.
    H5Pset_file_locking(access, false, true);
#endif
    if (content != nullptr) content->use_in(access);
    return {check(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), path,
                  fmt::format("expected {}, found no whole HDF5 file", expected)),
            H5Fclose};
}

void expect_memory(std::int64_t elements, std::size_t element_bytes, const std::string& path, const std::string& name) {
    const auto needed = static_cast<double>(elements) * static_cast<double>(element_bytes);
    const auto there = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
    if (needed > there)
        throw StoreError(path,
                         fmt::format("{} claims {:.1f} GB, and this machine has {:.1f} GB; the file is damaged, or "
                                     "of a larger one",
                                     name, needed * 1e-9, there * 1e-9));
}

Shape shape_of(hid_t dataset, const std::string& path, const std::string& name) {
    const std::string what = "cannot read the shape of " + name;
    const Handle space(check(H5Dget_space(dataset), path, what), H5Sclose);
    std::vector<hsize_t> extents(static_cast<std::size_t>(check(H5Sget_simple_extent_ndims(space), path, what)));
    check(H5Sget_simple_extent_dims(space, extents.data(), nullptr), path, what);
    std::int64_t elements = 1;
    for (const hsize_t extent : extents) {
        if (extent > static_cast<hsize_t>(most_elements / std::max<std::int64_t>(elements, 1)))
            throw StoreError(path,
                             fmt::format("{} claims more than {} elements; the file is damaged", name, most_elements));
        elements *= static_cast<std::int64_t>(extent);
    }
    return {extents.begin(), extents.end()};
}

void write_text_attribute(hid_t object, const std::string& path, const std::string& name, const std::string& text) {
    const std::string what = "cannot write attribute " + name;
    const char* pointer = text.c_str();
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose), type = text_type();
    const Handle made(check(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), path, what),
                      H5Aclose);
    check(H5Awrite(made, type, &pointer), path, what);
}

void silence_hdf5() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

void fail(const std::string& path, std::string_view what) {
    std::string reason;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
    throw StoreError(path, reason.empty() ? std::string(what) : fmt::format("{} ({})", what, reason));
}

}  // namespace gridring::store
