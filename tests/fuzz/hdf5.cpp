// SPDX-License-Identifier: MIT
#include <fuzzer/FuzzedDataProvider.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <span>

#include "fuzz/hdf5_edits.hpp"
#include "fuzz/scratch.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/store/tensor_file.hpp"
#include "store/file_seal.hpp"
#include "unit/store/samples.hpp"

namespace {

using namespace gridring;

enum class Kind { series, checkpoint, results, tensors };

constexpr const char* of_series[] = {"/",       "/time",        "/region",       "/region_name",     "/time_zone",
                                     "/demand", "/demand_flag", "/demand_clean", "/demand_forecast", "/new"};
constexpr const char* of_checkpoint[] = {"/",
                                         "/parameters",
                                         "/parameters/layers.1.weight",
                                         "/parameters/layers.0.bias",
                                         "/optimizer/first_moment",
                                         "/optimizer/second_moment/layers.0.bias",
                                         "/optimizer/average",
                                         "/fixed",
                                         "/fixed/baseline",
                                         "/losses/training",
                                         "/losses/validation",
                                         "/losses/validation_step",
                                         "/attributes",
                                         "/parameters/new"};
constexpr const char* of_results[] = {"/",         "/region", "/origin", "/lead", "/quantile", "/origin_time",
                                      "/forecast", "/actual", "/new"};
constexpr const char* of_tensors[] = {"/", "/q", "/k", "/valid", "/segment"};
constexpr std::span<const char* const> objects[] = {of_series, of_checkpoint, of_results, of_tensors};

/// Files of ours, without their seals: as another program leaves them.
std::array<std::string, 4> make_samples() {
    const auto file = fuzz::scratch() / "sample.h5";
    std::array<std::string, 4> samples;
    const auto keep = [&](Kind kind) { samples[static_cast<std::size_t>(kind)] = read_file(file); };
    store::write_series(file, test::small_series()), keep(Kind::series);
    store::write_checkpoint(file, test::small_checkpoint()), keep(Kind::checkpoint);
    store::write_results(file, test::small_contest()), keep(Kind::results);
    {
        store::TensorWriter writer(file,
                                   {{"/q", {1, 4, 2, 3}, "q"}, {"/k", {1, 4, 1, 3}, "k"}, {"/valid", {1, 4}, "v"}}, {});
        writer.publish();
    }
    keep(Kind::tensors);
    for (std::size_t i = 0; i < 3; ++i) samples[i].resize(samples[i].size() - store::seal_bytes);
    return samples;
}

void expects_whole(bool condition) {
    if (!condition) std::abort();
}

void read_series(const std::filesystem::path& file, FuzzedDataProvider& input) {
    const auto series = store::read_series(file);
    const auto cells = static_cast<std::size_t>(series.hours) * series.regions.size();
    for (const auto& variable : series.variables) {
        expects_whole(variable.values.size() == cells || variable.values.empty());
        expects_whole(variable.flags.empty() || variable.flags.size() == cells);
        expects_whole(variable.cleaned.empty() || !variable.cleaning_method.empty());
    }
    store::expect_series(file);
    store::read_hours(file, input.PickValueInArray({"demand", "demand_flag", "time", "absent"}),
                      input.ConsumeIntegralInRange(-1, 3), input.ConsumeIntegralInRange(-1, 6),
                      input.ConsumeIntegralInRange(-1, 6));
}

void read_checkpoint(const std::filesystem::path& file) {
    store::is_damaged(file);
    const auto checkpoint = store::read_checkpoint(file);
    for (const auto& tensor : checkpoint.parameters) {
        std::int64_t elements = 1;
        for (const std::int64_t extent : tensor.shape) elements *= extent;
        expects_whole(elements == static_cast<std::int64_t>(tensor.values.size()));
    }
    expects_whole(checkpoint.first_moment.empty() || checkpoint.first_moment.size() == checkpoint.parameters.size());
}

void read_results(const std::filesystem::path& file) {
    const auto results = store::read_results(file);
    expects_whole(results.origins.size() == results.regions.size());
    expects_whole(static_cast<std::int64_t>(results.actual.size()) ==
                  static_cast<std::int64_t>(results.regions.size()) * results.origin_count() * results.horizon);
}

/// As `attend` does, once it has compared the shapes: positions that there are.
void read_tensors(const std::filesystem::path& file) {
    const store::TensorReader reader(file);
    for (const char* name : {"/q", "/k", "/valid", "/segment"}) {
        if (!reader.has(name)) continue;
        const auto shape = reader.shape(name);
        std::int64_t others = 1;
        for (const std::int64_t extent : shape) others *= extent;
        if (shape.size() < 2 || shape[1] < 4 || others > 10'000) continue;
        const std::array<std::int64_t, 3> positions{0, 2, 3};
        std::vector<float> values(static_cast<std::size_t>(others / shape[1] * 3));
        reader.read_rows(name, 1, positions, values);
        reader.read_flags(name, 1, positions);
        reader.read_labels(name, 1, positions);
    }
}

void read(Kind kind, const std::filesystem::path& file, FuzzedDataProvider& input) {
    switch (kind) {
        case Kind::series:
            return read_series(file, input);
        case Kind::checkpoint:
            return read_checkpoint(file);
        case Kind::results:
            return read_results(file);
        default:
            return read_tensors(file);
    }
}

}  // namespace

/// A file of ours that somebody edited with HDF5: what it holds makes sense, or a StoreError says what does not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto samples = make_samples();
    FuzzedDataProvider input(data, size);
    const auto kind = static_cast<Kind>(input.ConsumeIntegralInRange(0, 3));
    const auto file = fuzz::scratch() / "edited.h5";
    fuzz::put(file, samples[static_cast<std::size_t>(kind)]);
    fuzz::edit_hdf5(file, objects[static_cast<std::size_t>(kind)], input);
    try {
        read(kind, file, input);
    } catch (const StoreError&) {
    }
    return 0;
}
