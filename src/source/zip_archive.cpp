// SPDX-License-Identifier: MIT
#include "zip_archive.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <array>
#include <memory>

#include "gridring/core/error.hpp"

namespace gridring::source {
namespace {

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
    void operator()(zip_file_t* file) const { zip_fclose(file); }
    void operator()(zip_source_t* source) const { zip_source_free(source); }
};
template <class Handle>
using Owned = std::unique_ptr<Handle, Discard>;

/// libzip's own words for what went wrong.
class Complaint {
public:
    Complaint() { zip_error_init(&error_); }
    ~Complaint() { zip_error_fini(&error_); }
    Complaint(const Complaint&) = delete;
    Complaint& operator=(const Complaint&) = delete;
    zip_error_t* slot() { return &error_; }
    std::string text() { return zip_error_strerror(&error_); }

private:
    zip_error_t error_;
};

/// Appends the file to `bytes`; "" or what is wrong. `left` is what may still be unpacked.
std::string read_file(zip_t* archive, zip_uint64_t index, std::size_t& left, std::string& bytes) {
    const Owned<zip_file_t> file(zip_fopen_index(archive, index, 0));
    if (!file) return zip_strerror(archive);
    std::array<char, 64 << 10> buffer;
    for (zip_int64_t count; (count = zip_fread(file.get(), buffer.data(), buffer.size())) != 0;) {
        if (count < 0) return zip_file_strerror(file.get());
        if (static_cast<std::size_t>(count) > left) return "it unpacks to more than is allowed";
        left -= static_cast<std::size_t>(count);
        bytes.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return {};
}

}  // namespace

Unzipped unzip(std::string_view archive, std::size_t max_bytes) {
    Complaint complaint;
    Owned<zip_source_t> source(zip_source_buffer_create(archive.data(), archive.size(), 0, complaint.slot()));
    if (!source) return {{}, complaint.text()};
    const Owned<zip_t> opened(zip_open_from_source(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, complaint.slot()));
    if (!opened) return {{}, complaint.text()};
    static_cast<void>(source.release());  // the archive's from here on
    Unzipped unzipped;
    const zip_int64_t count = zip_get_num_entries(opened.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
        const auto index = static_cast<zip_uint64_t>(i);
        const char* name = zip_get_name(opened.get(), index, 0);
        unzipped.files.push_back({name ? name : "", {}});
        const std::string problem = read_file(opened.get(), index, max_bytes, unzipped.files.back().bytes);
        if (!problem.empty()) return {{}, fmt::format("{}: {}", unzipped.files.back().name, problem)};
    }
    if (unzipped.files.empty()) unzipped.problem = "it holds no file";
    return unzipped;
}

std::string zip(const ArchivedFile& file) {
    Complaint complaint;
    Owned<zip_source_t> sink(zip_source_buffer_create(nullptr, 0, 0, complaint.slot()));
    expects(sink != nullptr, "an archive in memory: " + complaint.text());
    zip_source_keep(sink.get());  // read again after the archive is closed
    Owned<zip_t> archive(zip_open_from_source(sink.get(), ZIP_TRUNCATE, complaint.slot()));
    expects(archive != nullptr, "an archive in memory: " + complaint.text());
    zip_source_t* content = zip_source_buffer(archive.get(), file.bytes.data(), file.bytes.size(), 0);
    expects(content && zip_file_add(archive.get(), file.name.c_str(), content, ZIP_FL_ENC_UTF_8) >= 0,
            "a file goes into an archive");
    constexpr zip_uint16_t first_day = (1 << 5) | 1;  // 1980-01-01, as DOS counts
    expects(zip_file_set_dostime(archive.get(), 0, 0, first_day, 0) == 0, "a file has a time");
    expects(zip_close(archive.get()) == 0, "an archive is written");
    static_cast<void>(archive.release());  // zip_close freed it
    expects(zip_source_open(sink.get()) == 0 && zip_source_seek(sink.get(), 0, SEEK_END) == 0, "an archive is read");
    std::string bytes(static_cast<std::size_t>(zip_source_tell(sink.get())), '\0');
    expects(zip_source_seek(sink.get(), 0, SEEK_SET) == 0 &&
                zip_source_read(sink.get(), bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size()),
            "an archive is read");
    zip_source_close(sink.get());
    return bytes;
}

}  // namespace gridring::source
