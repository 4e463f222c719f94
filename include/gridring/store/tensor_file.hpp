// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace gridring::store {

/// Reads parts of the datasets of any HDF5 file, whoever wrote it: no gridring format, so no seal. HDF5 converts what
/// the file holds (floats of 16, 32 or 64 bits, integers and booleans of either byte order, chunked and compressed or
/// not). Datasets are named by absolute path ("/q"). Everything throws StoreError naming the file, the dataset and what
/// was expected.
class TensorReader {
public:
    explicit TensorReader(const std::filesystem::path& path);
    ~TensorReader();
    TensorReader(const TensorReader&) = delete;
    TensorReader& operator=(const TensorReader&) = delete;

    bool has(const std::string& name) const;
    /// Where the dataset is missing, the message lists the datasets there are.
    std::vector<std::int64_t> shape(const std::string& name) const;

    /// The rows at `positions` (strictly increasing) along axis `axis`, whole in the other axes: values is the
    /// dataset's shape with that axis cut to positions.size(). Evenly spaced positions are read in one piece, and
    /// nothing is read from disk but what they touch. fp64 beyond the range of fp32 becomes infinite.
    void read_rows(const std::string& name, std::size_t axis, std::span<const std::int64_t> positions,
                   std::span<float> values) const;
    /// Numbers or booleans: 1 where not zero. NaN is refused.
    std::vector<std::uint8_t> read_flags(const std::string& name, std::size_t axis,
                                         std::span<const std::int64_t> positions) const;
    /// Whole numbers of any type that fit 32 bits; others are refused.
    std::vector<std::int32_t> read_labels(const std::string& name, std::size_t axis,
                                          std::span<const std::int64_t> positions) const;

    [[noreturn]] void reject(const std::string& message) const;

private:
    std::vector<double> read_numbers(const std::string& name, std::size_t axis,
                                     std::span<const std::int64_t> positions) const;
    struct File;
    std::unique_ptr<File> file_;
};

struct TensorPlan {
    std::string name;  ///< "/out"
    std::vector<std::int64_t> shape;
    std::string description;  ///< attribute long_name
};

/// Writes one new HDF5 file of fp32 tensors piece by piece, so that no process ever holds it whole; `publish` gives it
/// its name in one atomic step, and until then a file of that name stays as it was. HDF5 writes the headers alone,
/// since HDF5 1.10 crashes the process when a disk fills up under it; the values lie contiguous behind them and go
/// there by plain writes, whose failures are StoreErrors.
class TensorWriter {
public:
    /// Checks that the folder can be written and has room for all of it. Values start as 0.
    TensorWriter(const std::filesystem::path& path, std::vector<TensorPlan> tensors,
                 const std::map<std::string, std::string>& attributes);
    ~TensorWriter();  ///< removes what was not published
    TensorWriter(const TensorWriter&) = delete;
    TensorWriter& operator=(const TensorWriter&) = delete;

    /// Indices [first, first + count) along axis `axis`, whole in the other axes: values is the tensor's shape with
    /// that axis cut to `count`.
    void write(const std::string& name, std::size_t axis, std::int64_t first, std::int64_t count,
               std::span<const float> values);
    void publish();

private:
    struct File;
    std::unique_ptr<File> file_;
};

}  // namespace gridring::store
