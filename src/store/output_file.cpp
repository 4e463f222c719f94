// SPDX-License-Identifier: MIT
#include "store/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "store/file_seal.hpp"
#include "store/hdf5_support.hpp"

namespace gridring::store {
namespace {

/// What HDF5 holds of an open file; the first member is for HDF5's own use.
struct DriverFile {
    H5FD_t base{};
    OutputFile* file = nullptr;
    haddr_t end_of_addresses = 0;
};

DriverFile& of(H5FD_t* base) { return *reinterpret_cast<DriverFile*>(base); }
const DriverFile& of(const H5FD_t* base) { return *reinterpret_cast<const DriverFile*>(base); }

constexpr haddr_t largest = std::numeric_limits<off_t>::max();

H5FD_t* open_driver(const char*, unsigned, hid_t access_list, haddr_t) {
    const auto* info = static_cast<OutputFile* const*>(H5Pget_driver_info(access_list));
    auto* opened = new DriverFile;
    opened->file = *info;
    return &opened->base;
}
herr_t close_driver(H5FD_t* base) {
    delete &of(base);
    return 0;
}
herr_t query_driver(const H5FD_t*, unsigned long* features) {
    *features = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
                H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}
haddr_t end_of_addresses(const H5FD_t* base, H5FD_mem_t) { return of(base).end_of_addresses; }
herr_t set_end_of_addresses(H5FD_t* base, H5FD_mem_t, haddr_t end) {
    of(base).end_of_addresses = end;
    return 0;
}
haddr_t end_of_file(const H5FD_t* base, H5FD_mem_t) { return of(base).file->size(); }
herr_t read_driver(H5FD_t* base, H5FD_mem_t, hid_t, haddr_t at, std::size_t size, void* bytes) {
    return of(base).file->read(at, size, bytes) ? 0 : -1;
}
herr_t write_driver(H5FD_t* base, H5FD_mem_t, hid_t, haddr_t at, std::size_t size, const void* bytes) {
    of(base).file->write(at, size, bytes);
    return 0;
}
/// The file is as long as the addresses in use say.
herr_t truncate_driver(H5FD_t* base, hid_t, hbool_t) {
    DriverFile& file = of(base);
    constexpr char zero = 0;
    if (file.end_of_addresses > file.file->size()) file.file->write(file.end_of_addresses - 1, 1, &zero);
    return 0;
}

H5FD_class_t driver_class() {
    H5FD_class_t driver{};
#if H5_VERSION_GE(1, 13, 0)
    driver.version = H5FD_CLASS_VERSION;
    driver.value = static_cast<H5FD_class_value_t>(H5FD_VFD_RESERVED + 193);
#endif
    driver.name = "gridring";
    driver.maxaddr = largest;
    driver.fc_degree = H5F_CLOSE_STRONG;
    driver.fapl_size = sizeof(OutputFile*);
    driver.open = open_driver;
    driver.close = close_driver;
    driver.query = query_driver;
    driver.get_eoa = end_of_addresses;
    driver.set_eoa = set_end_of_addresses;
    driver.get_eof = end_of_file;
    driver.read = read_driver;
    driver.write = write_driver;
    driver.truncate = truncate_driver;
    constexpr H5FD_mem_t one_space[] = H5FD_FLMAP_DICHOTOMY;
    std::ranges::copy(one_space, driver.fl_map);
    return driver;
}

hid_t driver() {
    static const H5FD_class_t about = driver_class();
    static const hid_t id = H5FDregister(&about);
    return id;
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path path)
    : path_(std::move(path)),
      temporary_(temporary_beside(path_)),
      fd_(::open(temporary_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
    if (fd_ < 0) throw StoreError(path_.string(), std::string("open failed: ") + std::strerror(errno));
}

OutputFile::~OutputFile() {
    if (fd_ < 0) return;
    ::close(fd_);
    ::unlink(temporary_.c_str());
}

void OutputFile::use_in(hid_t access_list) {
    OutputFile* const file = this;
    check(H5Pset_driver(access_list, driver(), &file), path_.string(), "cannot set a driver");
}

void OutputFile::expect_whole() const {
    if (error_ != 0) throw StoreError(path_.string(), std::string("write failed: ") + std::strerror(error_));
}

/// Behind the end there is nothing but zeros, as HDF5 has it of every driver.
bool OutputFile::read(haddr_t at, std::size_t size, void* bytes) {
    auto* to = static_cast<char*>(bytes);
    while (size > 0) {
        const ssize_t got = ::pread(fd_, to, size, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) {
            std::memset(to, 0, size);
            return true;
        }
        to += got, at += static_cast<haddr_t>(got), size -= static_cast<std::size_t>(got);
    }
    return true;
}

void OutputFile::write(haddr_t at, std::size_t size, const void* bytes) {
    size_ = std::max(size_, at + size);
    const auto* from = static_cast<const char*>(bytes);
    while (size > 0 && error_ == 0) {
        const ssize_t written = ::pwrite(fd_, from, size, static_cast<off_t>(at));
        if (written < 0 && errno != EINTR) error_ = errno;
        if (written < 0) continue;
        from += written, at += static_cast<haddr_t>(written), size -= static_cast<std::size_t>(written);
    }
}

void OutputFile::publish() {
    expect_whole();
    const std::string seal = seal_of(temporary_);
    write(size_, seal.size(), seal.data());
    expect_whole();
    publish_file(temporary_, path_);
    ::close(fd_);
    fd_ = -1;
}

}  // namespace gridring::store
