// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gridring/core/error.hpp"
#include "gridring/store/encryption.hpp"
#include "gridring/store/tensor_file.hpp"
#include "store/hdf5_support.hpp"

namespace gridring::store {
namespace {

constexpr std::size_t most_names = 20;  // that a message lists

/// Positions first, first + stride, …: what one hyperslab selects.
struct Stretch {
    std::int64_t first, stride, count;
};

std::vector<Stretch> stretches_of(std::span<const std::int64_t> positions) {
    std::vector<Stretch> stretches;
    for (std::size_t i = 0; i < positions.size();) {
        std::size_t end = i + 1;
        const std::int64_t stride = end < positions.size() ? positions[end] - positions[i] : 1;
        while (end < positions.size() && positions[end] - positions[end - 1] == stride) ++end;
        stretches.push_back({positions[i], stride, static_cast<std::int64_t>(end - i)});
        i = end;
    }
    return stretches;
}

Handle space_of(const Shape& shape) {
    const std::vector<hsize_t> extents(shape.begin(), shape.end());
    return {H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose};
}

/// Selects a stretch along `axis`, everything in the other axes.
herr_t select(hid_t space, const Shape& shape, std::size_t axis, const Stretch& stretch) {
    const std::size_t rank = shape.size();
    std::vector<hsize_t> start(rank, 0), stride(rank, 1), count(shape.begin(), shape.end());
    start[axis] = static_cast<hsize_t>(stretch.first);
    stride[axis] = static_cast<hsize_t>(stretch.stride);
    count[axis] = static_cast<hsize_t>(stretch.count);
    return H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), stride.data(), count.data(), nullptr);
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* names) {
    static_cast<std::vector<std::string>*>(names)->push_back(std::string("/") + name);
    return 0;
}

/// "/k (2 x 64 x 4 x 16), /q (2 x 64 x 8 x 16)": of the root group.
std::string list_datasets(hid_t file, const std::string& path) {
    std::vector<std::string> names, described;
    hsize_t position = 0;
    H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, &position, collect_name, &names);
    for (const std::string& name : names)
        if (const Handle object(H5Oopen(file, name.c_str(), H5P_DEFAULT), H5Oclose); H5Iget_type(object) == H5I_DATASET)
            described.push_back(fmt::format("{} ({})", name, extents_text(shape_of(object, path, name))));
    if (described.empty()) return "none in the root group";
    const std::size_t more = described.size() - std::min(described.size(), most_names);
    described.resize(described.size() - more);
    return fmt::format("{}{}", fmt::join(described, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace

struct TensorReader::File {
    explicit File(const std::filesystem::path& where) : path(where.string()), id(open_plain(path)) {}

    static Handle open_plain(const std::string& path) {
        constexpr const char* expected = "an HDF5 file with the datasets of a tensor";
        if (is_encrypted(path))
            throw StoreError(path,
                             fmt::format("expected {}, found an encrypted file. Mend: gridring decrypt", expected));
        return open_read_only(path, expected);
    }

    Handle open(const std::string& name) const {
        const bool is_there = H5Lexists(id, name.c_str(), H5P_DEFAULT) > 0;
        const hid_t dataset = is_there ? H5Dopen2(id, name.c_str(), H5P_DEFAULT) : H5I_INVALID_HID;
        if (dataset < 0)
            throw StoreError(path, fmt::format("expected dataset {}, found {}", name, list_datasets(id, path)));
        return {dataset, H5Dclose};
    }

    /// What read_rows does, into memory of HDF5 type `memory_type`.
    void read(const std::string& name, std::size_t axis, std::span<const std::int64_t> positions, hid_t memory_type,
              void* values) const {
        const std::string what = "cannot read " + name;
        const Handle dataset = open(name);
        const Handle type(check(H5Dget_type(dataset), path, what), H5Tclose);
        if (const auto kind = H5Tget_class(type); kind != H5T_FLOAT && kind != H5T_INTEGER && kind != H5T_ENUM)
            throw StoreError(path, name + " should hold numbers, found text or something compound");
        const Shape shape = shape_of(dataset, path, name);
        expects(axis < shape.size(), name + " has the axis that is cut");
        expects(positions.empty() || (positions.front() >= 0 && positions.back() < shape[axis]),
                name + " has the positions that are read");

        Shape held = shape;
        held[axis] = std::ssize(positions);
        if (element_count(held) == 0) return;
        const Handle here = space_of(held), there(check(H5Dget_space(dataset), path, what), H5Sclose);
        std::int64_t at = 0;
        for (const Stretch& stretch : stretches_of(positions)) {
            check(select(there, shape, axis, stretch), path, what);
            check(select(here, held, axis, {at, 1, stretch.count}), path, what);
            check(H5Dread(dataset, memory_type, here, there, H5P_DEFAULT, values), path, what);
            at += stretch.count;
        }
    }

    std::string path;
    Handle id;
};

TensorReader::TensorReader(const std::filesystem::path& path) : file_(std::make_unique<File>(path)) {}
TensorReader::~TensorReader() = default;

bool TensorReader::has(const std::string& name) const { return H5Lexists(file_->id, name.c_str(), H5P_DEFAULT) > 0; }

std::vector<std::int64_t> TensorReader::shape(const std::string& name) const {
    return shape_of(file_->open(name), file_->path, name);
}

void TensorReader::read_rows(const std::string& name, std::size_t axis, std::span<const std::int64_t> positions,
                             std::span<float> values) const {
    Shape expected = shape(name);
    expected.at(axis) = std::ssize(positions);
    expects(std::ssize(values) == element_count(expected), name + " is read into memory of its size");
    file_->read(name, axis, positions, type_of<float>(), values.data());
}

std::vector<double> TensorReader::read_numbers(const std::string& name, std::size_t axis,
                                               std::span<const std::int64_t> positions) const {
    Shape expected = shape(name);
    expected.at(axis) = std::ssize(positions);
    std::vector<double> numbers(static_cast<std::size_t>(element_count(expected)));
    file_->read(name, axis, positions, type_of<double>(), numbers.data());
    return numbers;
}

std::vector<std::uint8_t> TensorReader::read_flags(const std::string& name, std::size_t axis,
                                                   std::span<const std::int64_t> positions) const {
    std::vector<std::uint8_t> flags;
    for (const double number : read_numbers(name, axis, positions)) {
        if (std::isnan(number)) reject(name + " should hold yes or no (booleans or numbers), found NaN");
        flags.push_back(number != 0);
    }
    return flags;
}

std::vector<std::int32_t> TensorReader::read_labels(const std::string& name, std::size_t axis,
                                                    std::span<const std::int64_t> positions) const {
    using Limits = std::numeric_limits<std::int32_t>;
    std::vector<std::int32_t> labels;
    for (const double number : read_numbers(name, axis, positions)) {
        if (!(number >= Limits::min() && number <= Limits::max()) || number != std::floor(number))
            reject(fmt::format("{} should hold whole numbers from {} to {}, found {}", name, Limits::min(),
                               Limits::max(), number));
        labels.push_back(static_cast<std::int32_t>(number));
    }
    return labels;
}

void TensorReader::reject(const std::string& message) const { throw StoreError(file_->path, message); }

}  // namespace gridring::store
