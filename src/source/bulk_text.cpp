// SPDX-License-Identifier: MIT
#include "bulk_text.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "gridring/core/error.hpp"
#include "zip_stream.hpp"

namespace gridring::source {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece = std::size_t{1} << 20;
constexpr std::size_t longest_line = std::size_t{256} << 20;  // EBA.txt: some 25 bytes an hour, all hours in one line

/// A file as it is, or through gunzip; zlib tells them apart.
class PlainOrGzip {
public:
    explicit PlainOrGzip(const fs::path& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
        if (!file_) fail(std::string("cannot be opened: ") + std::strerror(errno));
        gzbuffer(file_.get(), 1 << 18);
        if (path.extension() == ".gz" && gzdirect(file_.get()))
            fail("expected gzip, found something else; fetch it anew, or rename it");
    }

    std::size_t read(char* to, std::size_t size) {
        const int count = gzread(file_.get(), to, static_cast<unsigned>(size));
        int code = Z_OK;
        const char* what = gzerror(file_.get(), &code);
        if (count < 0 || code == Z_BUF_ERROR)
            fail(fmt::format("cannot be read to its end ({}); fetch it anew",
                             code == Z_BUF_ERROR ? "it was cut off" : what));
        return static_cast<std::size_t>(count);
    }

    std::int64_t position() const { return gzoffset(file_.get()); }

private:
    struct Close {
        void operator()(gzFile file) const { gzclose(file); }
    };
    [[noreturn]] void fail(const std::string& what) const { throw StoreError(path_.string(), what); }

    fs::path path_;
    std::unique_ptr<gzFile_s, Close> file_;
};

/// Gives `use` one text, and `progress` its position after every piece.
template <class Stream>
void use_text(Stream& stream, std::string name, const std::function<void(std::int64_t)>& progress,
              const std::function<void(BulkText&)>& use) {
    BulkText text(std::move(name), [&](char* to, std::size_t size) {
        const std::size_t count = stream.read(to, size);
        if (progress) progress(stream.position());
        return count;
    });
    use(text);
}

}  // namespace

BulkText::BulkText(std::string name, Read read)
    : name_(std::move(name)), read_(std::move(read)), buffer_(piece + padding) {}

void BulkText::fill() {
    if (end_ + padding == buffer_.size()) {
        if (end_ >= longest_line)
            throw DataError(
                fmt::format("{}: expected lines of at most {} MB, found a longer one; it is no text file of EIA's",
                            name_, longest_line >> 20));
        buffer_.resize(2 * end_ + padding);
    }
    const std::size_t count = read_(buffer_.data() + end_, std::min(buffer_.size() - padding - end_, piece));
    is_at_end_ = count == 0;
    end_ += count;
    bytes_ += static_cast<std::int64_t>(count);
}

std::string_view BulkText::next() {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    std::size_t lines = 0;  // bytes of whole lines
    for (std::size_t seen = 0; lines == 0 && !is_at_end_;) {
        fill();
        const std::string_view fresh(buffer_.data() + seen, end_ - seen);
        if (const auto last = fresh.rfind('\n'); last != std::string_view::npos) lines = seen + last + 1;
        seen = end_;
    }
    begin_ = is_at_end_ ? end_ : lines;
    return {buffer_.data(), begin_};
}

void for_each_text(const fs::path& file, const std::function<void(std::int64_t)>& progress,
                   const std::function<void(BulkText&)>& use) {
    const std::string name = file.filename().string();
    if (file.extension() != ".zip") {
        PlainOrGzip stream(file);
        return use_text(stream, file.extension() == ".gz" ? file.stem().string() : name, progress, use);
    }
    ZipStream archive(file);
    while (archive.next()) use_text(archive, archive.name(), progress, use);
}

}  // namespace gridring::source
