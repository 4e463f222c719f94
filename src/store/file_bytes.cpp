// SPDX-License-Identifier: MIT
#include "store/file_bytes.hpp"

#include <sys/types.h>

#include <algorithm>
#include <limits>

#include "store/hdf5_support.hpp"

namespace gridring::store {
namespace {

/// What HDF5 holds of an open file; the first member is for HDF5's own use.
struct DriverFile {
    H5FD_t base{};
    FileBytes* file = nullptr;
    haddr_t end_of_addresses = 0;
};

DriverFile& of(H5FD_t* base) { return *reinterpret_cast<DriverFile*>(base); }
const DriverFile& of(const H5FD_t* base) { return *reinterpret_cast<const DriverFile*>(base); }

constexpr haddr_t largest = std::numeric_limits<off_t>::max();

H5FD_t* open_driver(const char*, unsigned, hid_t access_list, haddr_t) {
    const auto* info = static_cast<FileBytes* const*>(H5Pget_driver_info(access_list));
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
    driver.fapl_size = sizeof(FileBytes*);
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

void FileBytes::use_in(hid_t access_list) {
    FileBytes* const file = this;
    check(H5Pset_driver(access_list, driver(), &file), "HDF5", "cannot set a driver");
}

}  // namespace gridring::store
