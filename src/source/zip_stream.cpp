// SPDX-License-Identifier: MIT
#include "zip_stream.hpp"

#include <fmt/format.h>
#include <zip.h>

#include "gridring/core/error.hpp"

namespace gridring::source {

struct ZipStream::State {
    struct Close {
        void operator()(zip_t* opened) const { zip_discard(opened); }
        void operator()(zip_file_t* opened) const { zip_fclose(opened); }
    };
    std::filesystem::path path;
    std::unique_ptr<zip_t, Close> archive;
    std::unique_ptr<zip_file_t, Close> file;  // goes before the archive
    zip_uint64_t next_index = 0;
    std::string name;
    double packed_before = 0, packed = 0, size = 0, read = 0;  // [bytes]

    [[noreturn]] void fail(const std::string& what) const { throw StoreError(path.string(), what); }
};

ZipStream::ZipStream(std::filesystem::path path) : state_(std::make_unique<State>()) {
    state_->path = std::move(path);
    int code = 0;
    state_->archive.reset(zip_open(state_->path.c_str(), ZIP_RDONLY, &code));
    if (!state_->archive) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        const std::string what = zip_error_strerror(&error);
        zip_error_fini(&error);
        state_->fail(fmt::format("expected a zip archive: {}; fetch it anew", what));
    }
}

ZipStream::~ZipStream() = default;

bool ZipStream::next() {
    State& s = *state_;
    const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(s.archive.get(), 0));
    while (s.next_index < count) {
        const zip_uint64_t index = s.next_index++;
        zip_stat_t about;
        if (zip_stat_index(s.archive.get(), index, 0, &about) != 0) s.fail(zip_strerror(s.archive.get()));
        s.name = about.name ? about.name : "";
        if (s.name.ends_with('/')) continue;  // a folder
        s.packed_before += s.packed;
        s.packed = static_cast<double>(about.comp_size), s.size = static_cast<double>(about.size), s.read = 0;
        s.file.reset(zip_fopen_index(s.archive.get(), index, 0));
        if (!s.file) s.fail(fmt::format("{}: {}", s.name, zip_strerror(s.archive.get())));
        return true;
    }
    return false;
}

const std::string& ZipStream::name() const { return state_->name; }

std::size_t ZipStream::read(char* to, std::size_t size) {
    State& s = *state_;
    const zip_int64_t count = zip_fread(s.file.get(), to, size);
    if (count < 0)
        s.fail(fmt::format("{}: cannot be unpacked ({}); fetch the archive anew", s.name,
                           zip_file_strerror(s.file.get())));
    s.read += static_cast<double>(count);
    return static_cast<std::size_t>(count);
}

std::int64_t ZipStream::position() const {
    const State& s = *state_;
    return static_cast<std::int64_t>(s.packed_before + (s.size > 0 ? s.packed * s.read / s.size : 0));
}

}  // namespace gridring::source
