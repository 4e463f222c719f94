// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gridring/core/hours.hpp"
#include "store/hdf5_support.hpp"
#include "store/memory_image.hpp"

namespace gridring::store {

enum class Seal {
    checked,  ///< reads the file once more, from the first byte to the last
    trusted,  ///< for those who read a block of a file that was checked before
};

/// Those of a format that a reader takes, both included.
struct Versions {
    std::int64_t oldest, newest;
    constexpr Versions(std::int64_t only) : Versions(only, only) {}
    constexpr Versions(std::int64_t from, std::int64_t to) : oldest(from), newest(to) {}
};

/// Reads one HDF5 file of a gridring format; objects are named by absolute path. An encrypted one is decrypted into
/// memory, all of it, and never to disk. Everything throws StoreError naming the file, the object and what was
/// expected.
class Reader {
public:
    /// Checks that the file is there, is whole, and holds `format` in one of `versions`.
    Reader(const std::filesystem::path& path, const std::string& format, Versions versions, Seal seal = Seal::checked);

    /// Datasets of a group, in the order of their making.
    std::vector<std::string> datasets(const std::string& group) const;
    bool has(const std::string& name) const;
    Shape shape(const std::string& name) const;
    /// Throws unless `name` is there in this shape.
    void require_shape(const std::string& name, const Shape& expected) const;

    template <class T>
    std::vector<T> read(const std::string& name) const {
        const Shape all = shape(name);
        return read<T>(name, Shape(all.size(), 0), all);
    }
    /// The block that starts at `start` and extends by `count`; nothing else is read from disk but the chunks it
    /// touches.
    template <class T>
    std::vector<T> read(const std::string& name, const Shape& start, const Shape& count) const {
        expect_memory(element_count(count), sizeof(T), path_, name);
        std::vector<T> values(static_cast<std::size_t>(element_count(count)));
        read_block(name, start, count, type_of<T>(), values.data());
        return values;
    }
    std::vector<std::string> texts(const std::string& name) const;
    /// Hours since 1970 as a time of the years 1 to 9999; rejects others, which arithmetic would run over with.
    Hour hour(const std::string& name, std::int64_t hours) const;

    /// "" where there is none.
    std::string text(const std::string& object, const std::string& attribute) const {
        return find_text(object, attribute).value_or("");
    }
    std::int64_t number(const std::string& object, const std::string& attribute) const;
    /// All text attributes of an object.
    Attributes attributes(const std::string& object) const;

    [[noreturn]] void reject(const std::string& message) const;

private:
    std::optional<std::string> find_text(const std::string& object, const std::string& attribute) const;
    Handle open(const std::string& name) const;
    Handle open_dataset(const std::string& name) const;
    void read_block(const std::string& name, const Shape& start, const Shape& count, hid_t type, void* values) const;

    std::string path_;
    std::unique_ptr<MemoryImage> image_;  ///< of an encrypted file
    Handle file_;
};

}  // namespace gridring::store
