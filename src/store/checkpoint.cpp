// SPDX-License-Identifier: MIT
#include "gridring/store/checkpoint.hpp"

#include <algorithm>
#include <fstream>

#include "gridring/core/error.hpp"
#include "gridring/core/trace.hpp"
#include "gridring/store/encryption.hpp"
#include "store/file_seal.hpp"
#include "store/hdf5_reader.hpp"
#include "store/hdf5_writer.hpp"

namespace gridring::store {
namespace {

constexpr const char *format = "checkpoint", *parameters = "/parameters", *first_moment = "/optimizer/first_moment",
                     *second_moment = "/optimizer/second_moment", *average = "/optimizer/average", *fixed = "/fixed",
                     *notes = "/attributes", *training_loss = "/losses/training",
                     *validation_step = "/losses/validation_step", *validation_loss = "/losses/validation";
constexpr std::int64_t version = 1;

void write_tensors(Writer& file, const std::string& group, const std::vector<NamedTensor>& tensors) {
    file.group(group);
    for (const NamedTensor& tensor : tensors) {
        expects(!tensor.name.empty() && tensor.name.find('/') == std::string::npos,
                "a tensor's name is no path: '" + tensor.name + "'");
        file.dataset(group + "/" + tensor.name, tensor.shape, tensor.values);
    }
}

void write_curve(Writer& file, const char* name, const std::vector<double>& values) {
    file.dataset(name, {static_cast<std::int64_t>(values.size())}, values);
}

std::vector<NamedTensor> read_tensors(const Reader& file, const std::string& group) {
    std::vector<NamedTensor> tensors;
    for (const std::string& name : file.datasets(group)) {
        const std::string path = group + "/" + name;
        tensors.push_back({name, file.shape(path), file.read<float>(path)});
    }
    return tensors;
}

void check_state(const Reader& file, const Checkpoint& checkpoint) {
    for (const auto* tensors : {&checkpoint.first_moment, &checkpoint.second_moment, &checkpoint.average}) {
        if (tensors->empty()) continue;
        const bool same = std::ranges::equal(*tensors, checkpoint.parameters, [](const auto& a, const auto& b) {
            return a.name == b.name && a.shape == b.shape;
        });
        if (!same)
            file.reject("the optimizer's moments and average should have the names and shapes of the parameters");
    }
    if (checkpoint.first_moment.empty() != checkpoint.second_moment.empty())
        file.reject("expected both moments of the optimizer or none, found one");
    if (checkpoint.validation_step.size() != checkpoint.validation_loss.size())
        file.reject("expected as many validation losses as validation steps");
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint,
                      const std::function<void()>& before_replacing) {
    const trace::Span span("file", "write checkpoint");
    Writer file(path, format, version);
    file.attribute("/", "step", checkpoint.step);
    write_tensors(file, parameters, checkpoint.parameters);
    write_tensors(file, first_moment, checkpoint.first_moment);
    write_tensors(file, second_moment, checkpoint.second_moment);
    if (!checkpoint.average.empty()) write_tensors(file, average, checkpoint.average);
    if (!checkpoint.fixed.empty()) write_tensors(file, fixed, checkpoint.fixed);
    write_curve(file, training_loss, checkpoint.training_loss);
    write_curve(file, validation_step, checkpoint.validation_step);
    write_curve(file, validation_loss, checkpoint.validation_loss);
    file.group(notes);
    file.attributes(notes, checkpoint.attributes);
    file.publish(before_replacing);
}

bool is_damaged(const std::filesystem::path& path) {
    if (!std::ifstream(path)) return false;
    try {
        if (!is_encrypted(path)) check_seal(path);
        return seal_in(path).empty();
    } catch (const KeyError&) {
        return false;
    } catch (const StoreError&) {
        return true;
    }
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
    const trace::Span span("file", "read checkpoint");
    const Reader file(path, format, version);
    Checkpoint checkpoint;
    checkpoint.step = file.number("/", "step");
    checkpoint.parameters = read_tensors(file, parameters);
    checkpoint.first_moment = read_tensors(file, first_moment);
    checkpoint.second_moment = read_tensors(file, second_moment);
    if (file.has(average)) checkpoint.average = read_tensors(file, average);
    if (file.has(fixed)) checkpoint.fixed = read_tensors(file, fixed);
    checkpoint.training_loss = file.read<double>(training_loss);
    checkpoint.validation_step = file.read<double>(validation_step);
    checkpoint.validation_loss = file.read<double>(validation_loss);
    checkpoint.attributes = file.attributes(notes);
    check_state(file, checkpoint);
    return checkpoint;
}

}  // namespace gridring::store
