// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "store/hdf5_support.hpp"

namespace gridring::store {

enum class Packing {
    plain,    ///< checksum only: weights do not compress
    deflate,  ///< shuffle, deflate level 1 and checksum: readable wherever HDF5 is
};

/// Builds one HDF5 file in memory; `publish` puts it in place of `path` in one atomic step. Objects are named by
/// absolute path ("/demand", "/" for the file). In memory, because HDF5 1.10 crashes the process when a disk fills up
/// under it; the bytes then take the one road by which every gridring file reaches the disk. Same content, same bytes:
/// no time stamps.
class Writer {
public:
    /// Writes the root attributes gridring_format and format_version.
    Writer(const std::filesystem::path& path, const std::string& format, std::int64_t version);

    /// Groups on the way to `name` are made. Throws BugError when shape and values disagree.
    template <class T>
    void dataset(const std::string& name, const Shape& shape, const std::vector<T>& values,
                 Packing packing = Packing::plain) {
        write_dataset(name, shape, type_of<T>(), values.data(), values.size(), packing);
    }
    void texts(const std::string& name, const std::vector<std::string>& values);
    void group(const std::string& name);

    /// Makes `name` the coordinate of a dimension, and attaches such coordinates to the axes of a dataset.
    void make_scale(const std::string& name);
    void label(const std::string& name, const std::vector<std::string>& scales);

    template <class T>
    void attribute(const std::string& object, const std::string& name, T value) {
        write_attribute(object, name, type_of<T>(), &value, {});
    }
    template <class T>
    void attribute(const std::string& object, const std::string& name, const std::vector<T>& values) {
        write_attribute(object, name, type_of<T>(), values.data(), {static_cast<std::int64_t>(values.size())});
    }
    void attribute(const std::string& object, const std::string& name, const std::string& text);
    void attribute(const std::string& object, const std::string& name, const char* text) {
        attribute(object, name, std::string(text));
    }
    void attributes(const std::string& object, const Attributes& texts);

    void publish();

private:
    void write_dataset(const std::string& name, const Shape& shape, hid_t type, const void* values, std::size_t count,
                       Packing packing);
    void write_attribute(const std::string& object, const std::string& name, hid_t type, const void* value,
                         const Shape& shape);
    Handle open(const std::string& name) const;

    std::string path_;
    Handle file_;
};

}  // namespace gridring::store
