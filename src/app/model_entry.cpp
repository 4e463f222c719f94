// SPDX-License-Identifier: MIT
#include "app/model_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "app/shared_demand.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/series/covariates.hpp"
#include "gridring/store/checkpoint.hpp"
#include "gridring/train/features.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::app {
namespace {

/// Scores of what a model has learnt from are no forecasts.
void warn_of_learnt_hours(const Settings& settings, const ContestArguments& arguments) {
    const auto file = settings.folder / "training.json";
    if (!std::filesystem::exists(file)) return;
    const auto training = nlohmann::json::parse(read_file(file), nullptr, false);
    const auto last = training.is_object() ? training.value("validation_to", std::string()) : std::string();
    if (last.empty() || last.substr(0, arguments.from.size()) < arguments.from) return;
    log::warning(
        fmt::format("the run was trained and chosen by hours up to {}, and the test begins with {}: what it "
                    "reaches there is no forecast",
                    last, arguments.from));
}

/// On what scale the model was trained to see its covariates, and which regions it tells apart. Collective.
void take_learnt(const comm::Communicator& world, const Settings& settings, series::Dataset& data) {
    if (data.covariates.empty() && !settings.tells_regions_apart) return;
    std::string scales, regions;
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        auto attributes = store::read_checkpoint(settings.checkpoint_file()).attributes;
        scales = attributes["covariates"];
        regions = attributes["told_apart"];
        if (settings.tells_regions_apart && regions.empty())
            throw ConfigError(
                fmt::format("{}: /series/tell_apart is true, but the model was trained without. Mend: "
                            "train it again, or leave the key out",
                            settings.folder.string()));
    });
    world.broadcast(scales);
    world.broadcast(regions);
    if (!data.covariates.empty()) comm::run_together(world, [&] { series::apply_scales(data, scales); });
    std::istringstream lines(regions);
    for (std::string code; std::getline(lines, code);) data.told_apart.push_back(code);
}

}  // namespace

RunOnFolder::RunOnFolder(const comm::Communicator& world, Settings settings, ContestArguments arguments)
    : world_(world), settings_(std::move(settings)) {
    settings_.command = fmt::format("mpirun -n {} gridring {}", world.size(), arguments.command);
    if (const std::int64_t context = arguments.context_hours) {
        settings_.evaluate.context_hours = context;
        settings_.evaluate.least_context = context - context / 20;
    }
    const std::int64_t horizon = settings_.model.horizon, known_ahead = std::max(horizon, arguments.known_ahead);
    comm::run_together(world, [&] {
        if (!world.is_root()) return;
        if (!arguments.from.empty()) warn_of_learnt_hours(settings_, arguments);
        arguments.covariates = settings_.covariates;
        arguments.screening = settings_.screening;
        series_ = read_data(arguments);
        for (auto& region : series_.regions)
            for (const auto& [code, zone] : settings_.time_zones)
                if (region.code == code) region.time_zone = zone;
    });
    series_ = share_demand(world, std::move(series_), settings_.covariates.all());
    comm::run_together(world, [&] {
        data_ = series::prepare(series_, known_ahead, {}, settings_.covariates, settings_.screening);
        series::keep_hours_of(data_, series_);
        if (arguments.from.empty()) series::expect_known_ahead(data_, std::max(horizon, arguments.hours_ahead));
    });
    take_learnt(world, settings_, data_);
    comm::run_together(world, [&] {
        model_ =
            std::make_unique<model::EnergyTransformer>(settings_.model, train::input_widths(data_), settings_.seed);
    });
    train::load_parameters(world, settings_.checkpoint_file(), *model_, settings_.train.keep);
}

store::Results RunOnFolder::forecast(const Origins& origins) {
    return forecast::backtest(world_, *model_, data_, origins, settings_.evaluate);
}

forecast::AttentionSpread RunOnFolder::attention_spread(const Origins& origins) {
    return forecast::attention_spread(world_, *model_, data_, origins, settings_.evaluate);
}

}  // namespace gridring::app
