// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace gridring::store {

struct NamedTensor {
    std::string name;  ///< "layers.0.attention.query.weight"
    std::vector<std::int64_t> shape;
    std::vector<float> values;
};

/// Everything a training needs to go on, independent of the number of ranks. One dataset a tensor.
struct Checkpoint {
    std::int64_t step = 0;
    std::vector<NamedTensor> parameters;
    /// Same names and shapes as the parameters; empty in a file for inference only.
    std::vector<NamedTensor> first_moment, second_moment;
    std::vector<NamedTensor> average;               ///< of the parameters over the steps; empty where none is kept
    std::vector<NamedTensor> fixed;                 ///< what forecasts need beside them, not learnt by steps; or empty
    std::map<std::string, std::string> attributes;  ///< config (JSON), data fingerprint, git commit, seeds, …
    std::vector<double> training_loss;              ///< one a step so far
    std::vector<double> validation_step, validation_loss;
};

/// Atomic, see write_file_atomically; `before_replacing` is called when the new file is whole on disk and the old one
/// still there. Throws StoreError, and what that throws.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint,
                      const std::function<void()>& before_replacing = {});
/// Throws StoreError: absent, not HDF5, truncated, another version.
Checkpoint read_checkpoint(const std::filesystem::path& path);
/// Can the file be read, and is it not, or no more, what write_checkpoint() wrote? Told from its checksum. False of a
/// file whose key is not in use: nobody can say.
bool is_damaged(const std::filesystem::path& path);

}  // namespace gridring::store
