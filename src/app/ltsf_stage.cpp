// SPDX-License-Identifier: MIT
#include "app/ltsf_stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/forecast/standardised.hpp"
#include "gridring/train/features.hpp"

namespace gridring::app {
namespace {

/// The model without its network.
class Baseline final : public forecast::Forecaster {
public:
    Baseline(const series::Dataset& data, const train::FeatureOptions& options, const model::LinearBaseline& baseline)
        : features_(data, options, &baseline) {}
    std::string name() const override { return "baseline"; }
    void forecast(std::int64_t region, std::int64_t origin, std::span<float> out) const override {
        std::vector<std::int64_t> leads(out.size());
        std::iota(leads.begin(), leads.end(), 1);
        features_.fill_baseline(region, origin, leads, out);
        for (float& value : out) value = static_cast<float>(features_.unscale(region, origin, value));
    }

private:
    train::Features features_;
};

std::vector<std::int64_t> horizons_within(std::int64_t longest) {
    std::vector<std::int64_t> horizons;
    for (const std::int64_t horizon : {96, 192, 336, 720})
        if (horizon <= longest) horizons.push_back(horizon);
    if (horizons.empty())
        throw ConfigError(
            fmt::format("--protocol ltsf: expected a model that forecasts 96 hours or more, found {}", longest));
    return horizons;
}

/// Every hour from the last before the test span on that has `shortest` hours of data after it.
std::vector<std::vector<std::int64_t>> hourly_origins(const Prepared& prepared, std::int64_t shortest) {
    const std::int64_t first = prepared.split.validation_end - 1, end = prepared.data.hours - shortest;
    if (end <= first)
        throw DataError(fmt::format("--protocol ltsf: expected more than {} test hours, found {}", shortest,
                                    prepared.data.hours - prepared.split.validation_end));
    std::vector<std::int64_t> origins(static_cast<std::size_t>(end - first));
    std::iota(origins.begin(), origins.end(), first);
    return std::vector(prepared.data.regions.size(), origins);
}

}  // namespace

void ltsf_stage(const comm::Communicator& world, const Settings& settings, const Prepared& prepared,
                model::EnergyTransformer& model) {
    const series::Dataset& data = prepared.data;
    std::vector<std::int64_t> horizons;
    std::vector<std::vector<std::int64_t>> origins;
    comm::run_together(world, [&] {
        horizons = horizons_within(settings.model.horizon);
        origins = hourly_origins(prepared, horizons.front());
    });
    const auto results = forecast::backtest(world, model, data, origins, settings.evaluate);
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        forecast::Contest contest{data, origins, data.actual_mw, {{1, horizons.back()}}, prepared.split.train_end};
        for (std::size_t i = 0; i < contest.truth.size(); ++i)
            if (data.is_valid[i] == 0) contest.truth[i] = std::numeric_limits<double>::quiet_NaN();
        std::vector<std::string> names;
        std::vector<std::vector<forecast::StandardisedScore>> scores;
        const auto judge = [&](const forecast::Entry& entry) {
            names.push_back(entry.name);
            auto& of_entry = scores.emplace_back();
            for (const std::int64_t horizon : horizons)
                of_entry.push_back(forecast::standardised(contest, entry, horizon));
        };
        judge(forecast::enter(contest, "model", results));
        judge(forecast::enter(contest, Baseline(data, settings.evaluate.features, model.baseline())));
        for (const std::int64_t season : {24, 168})
            judge(forecast::enter(contest, *forecast::seasonal_naive(data, season)));
        write_file_atomically(settings.folder / "ltsf.json", forecast::to_json(names, scores));
        fmt::print(
            "every hour from {} on an origin, errors in standard deviations of the training hours, mean over the "
            "regions:\n{}\n",
            to_string(data.hour_at(origins.front().front())), forecast::to_text(names, scores));
        std::fflush(stdout);
    });
}

}  // namespace gridring::app
