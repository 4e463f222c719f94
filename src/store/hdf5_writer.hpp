// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "store/hdf5_support.hpp"
#include "store/output_file.hpp"

namespace gridring::store {

enum class Packing {
    plain,    ///< checksum only: weights do not compress
    deflate,  ///< shuffle, deflate level 1 and checksum: readable wherever HDF5 is
};

/// A dataset that is filled row by row, one index of its first axis each.
class RowDataset {
public:
    RowDataset(Handle dataset, Shape shape, std::string what);

    /// Rows that are all `fill` take no room: a reader gets them all the same.
    template <class T>
    void write(std::int64_t row, std::span<const T> values, T fill) {
        const auto is_fill = [&](T value) { return value == fill || (value != value && fill != fill); };
        if (!std::ranges::all_of(values, is_fill)) write_row(row, type_of<T>(), values.data(), values.size());
    }

private:
    void write_row(std::int64_t row, hid_t type, const void* values, std::size_t count);

    Handle dataset_;
    Shape shape_;
    std::string what_;
};

/// Writes one HDF5 file beside `path`; `publish` puts it in place in one atomic step. Objects are named by absolute
/// path ("/demand", "/" for the file). Same content, same bytes: no time stamps.
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
    /// Compressed; chunks keep to one row each.
    template <class T>
    RowDataset rows(const std::string& name, const Shape& shape, T fill) {
        return begin_rows(name, shape, type_of<T>(), &fill);
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

    /// Throws StoreError for the first write that failed; what comes behind one is lost.
    void expect_whole() const { output_.expect_whole(); }
    /// OutputFile::publish()
    void publish(const std::function<void()>& before_replacing = {});

private:
    void write_dataset(const std::string& name, const Shape& shape, hid_t type, const void* values, std::size_t count,
                       Packing packing);
    RowDataset begin_rows(const std::string& name, const Shape& shape, hid_t type, const void* fill);
    Handle create(const std::string& name, hid_t type, const Shape& shape, hid_t creation);
    void write_attribute(const std::string& object, const std::string& name, hid_t type, const void* value,
                         const Shape& shape);
    Handle open(const std::string& name) const;

    std::string path_;
    OutputFile output_;
    Handle file_;
};

}  // namespace gridring::store
