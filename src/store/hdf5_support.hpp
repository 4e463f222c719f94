// SPDX-License-Identifier: MIT
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridring::store {

using Shape = std::vector<std::int64_t>;
using Attributes = std::map<std::string, std::string>;

/// Owns one HDF5 identifier of any kind.
class Handle {
public:
    using Closer = herr_t (*)(hid_t);

    Handle(hid_t id, Closer closer) : id_(id), closer_(closer) {}
    Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), closer_(other.closer_) {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(id_, other.id_);
        std::swap(closer_, other.closer_);
        return *this;
    }
    ~Handle() {
        if (id_ >= 0) closer_(id_);
    }
    operator hid_t() const { return id_; }
    /// The caller closes it.
    hid_t release() { return std::exchange(id_, H5I_INVALID_HID); }

private:
    hid_t id_;
    Closer closer_;
};

/// The memory type of T; HDF5 converts from whatever the file holds.
template <class T>
hid_t type_of() = delete;
template <>
inline hid_t type_of<double>() {
    return H5T_NATIVE_DOUBLE;
}
template <>
inline hid_t type_of<float>() {
    return H5T_NATIVE_FLOAT;
}
template <>
inline hid_t type_of<std::int64_t>() {
    return H5T_NATIVE_INT64;
}
template <>
inline hid_t type_of<std::uint8_t>() {
    return H5T_NATIVE_UINT8;
}
template <>
inline hid_t type_of<std::uint16_t>() {
    return H5T_NATIVE_UINT16;
}

/// UTF-8, variable length: what h5py, xarray and netCDF-4 read as text.
Handle text_type();

/// Product of the extents; 1 for a scalar.
inline std::int64_t element_count(const Shape& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}
/// "4 x 744".
std::string extents_text(const Shape& shape);

class FileBytes;

/// An existing file, read only; `expected` ("a gridring series file") goes into the message when it is none. Its bytes
/// are those of `content`, where it is given.
Handle open_read_only(const std::string& path, const std::string& expected, FileBytes* content = nullptr);
/// Refuses so many elements as would not fit into this machine, before anybody asks for the memory: whatever a shape
/// claims, a file without the values takes no room.
void expect_memory(std::int64_t elements, std::size_t element_bytes, const std::string& path, const std::string& name);
/// Refuses extents that no honest file has, before anybody asks for that much memory.
Shape shape_of(hid_t dataset, const std::string& path, const std::string& name);
void write_text_attribute(hid_t object, const std::string& path, const std::string& name, const std::string& text);

/// Turns HDF5's error stack on this thread into silence; failures are read from it by `fail`.
void silence_hdf5();

/// Throws StoreError: "<path>: <what failed> (<HDF5's innermost reason>)".
[[noreturn]] void fail(const std::string& path, std::string_view what);

/// Every HDF5 call goes through here; negative means failure.
template <class Result>
Result check(Result result, const std::string& path, std::string_view what) {
    if (result < 0) fail(path, what);
    return result;
}

}  // namespace gridring::store
