// SPDX-License-Identifier: MIT
#include "revisions.hpp"

#include <fmt/format.h>

#include <cmath>

#include "gridring/core/atomic_file.hpp"
#include "gridring/store/encryption.hpp"

namespace gridring::extract {
namespace {

std::string cell(double value) { return std::isnan(value) ? std::string() : fmt::format("{}", value); }

}  // namespace

void write_revisions(const std::filesystem::path& file, const std::vector<Revision>& revisions) {
    if (revisions.empty()) {
        remove_file(file);
        return;
    }
    std::string text = "period,region,variable,old_mw,new_mw,seen_at\n";
    for (const Revision& revision : revisions)
        text += fmt::format("{},{},{},{},{},{}\n", to_string(revision.hour), revision.place->region,
                            revision.place->variable, cell(revision.before), cell(revision.after), *revision.seen_at);
    write_file_atomically(file, store::encrypt_if_asked(std::move(text)));
}

}  // namespace gridring::extract
