// SPDX-License-Identifier: MIT
#include "app/model_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "app/shared_demand.hpp"
#include "app/stages.hpp"
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

}  // namespace

/// On what scale the model was trained to see its covariates, and which regions it tells apart. Collective.
RunOnFolder::Learnt RunOnFolder::read_learnt() const {
    if (settings_.covariates.empty() && !settings_.tells_regions_apart) return {};
    std::string scales, regions;
    comm::run_together(world_, [&] {
        if (!world_.is_root()) return;
        auto attributes = store::read_checkpoint(settings_.checkpoint_file()).attributes;
        scales = attributes["covariates"];
        regions = attributes["told_apart"];
        if (settings_.tells_regions_apart && regions.empty())
            throw ConfigError(
                fmt::format("{}: /series/tell_apart is true, but the model was trained without. Mend: "
                            "train it again, or leave the key out",
                            settings_.folder.string()));
    });
    world_.broadcast(scales);
    world_.broadcast(regions);
    Learnt learnt{std::move(scales), {}};
    std::istringstream lines(regions);
    for (std::string code; std::getline(lines, code);) learnt.told_apart.push_back(code);
    return learnt;
}

RunOnFolder::RunOnFolder(const comm::Communicator& world, Settings settings, ContestArguments arguments)
    : world_(world), settings_(std::move(settings)), arguments_(std::move(arguments)) {
    settings_.command = fmt::format("mpirun -n {} gridring {}", world.size(), arguments_.command);
    if (const std::int64_t context = arguments_.context_hours) {
        settings_.evaluate.context_hours = context;
        settings_.evaluate.least_context = context - context / 20;
    }
    arguments_.covariates = settings_.covariates;
    arguments_.screening = settings_.screening;
    comm::run_together(world, [&] {
        if (world.is_root() && !arguments_.from.empty()) warn_of_learnt_hours(settings_, arguments_);
    });
    learnt_ = read_learnt();
    read_again();
    comm::run_together(world, [&] {
        model_ =
            std::make_unique<model::EnergyTransformer>(settings_.model, train::input_widths(data_), settings_.seed);
    });
    train::load_parameters(world, settings_.checkpoint_file(), *model_, settings_.train.keep);
}

void RunOnFolder::read_again() {
    comm::run_together(world_, [&] {
        if (!world_.is_root()) return;
        series_ = read_data(arguments_);
        for (auto& region : series_.regions)
            for (const auto& [code, zone] : settings_.time_zones)
                if (region.code == code) region.time_zone = zone;
    });
    series_ = share_demand(world_, std::move(series_), settings_.covariates.all());
    const std::int64_t horizon = settings_.model.horizon;
    comm::run_together(world_, [&] {
        data_ = series::prepare(series_, std::max(horizon, arguments_.known_ahead), {}, settings_.covariates,
                                settings_.screening);
        series::keep_hours_of(data_, series_);
        if (arguments_.from.empty()) series::expect_known_ahead(data_, std::max(horizon, arguments_.hours_ahead));
        if (!data_.covariates.empty()) series::apply_scales(data_, learnt_.scales);
        if (arguments_.from.empty() && !std::exchange(has_warned_, true)) warn_of_absent(data_, horizon);
    });
    data_.told_apart = learnt_.told_apart;
}

store::Results RunOnFolder::forecast(const Origins& origins) {
    return forecast::backtest(world_, *model_, data_, origins, settings_.evaluate);
}

forecast::AttentionSpread RunOnFolder::attention_spread(const Origins& origins) {
    return forecast::attention_spread(world_, *model_, data_, origins, settings_.evaluate);
}

}  // namespace gridring::app
