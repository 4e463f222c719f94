// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "app/model_entry.hpp"

namespace gridring::app {

/// Whether `folder` is no run's but holds such in members/, as a sweep leaves it. As rank 0 sees it. Collective.
bool is_committee(const comm::Communicator& world, const std::filesystem::path& folder);

/// A trained run on a folder of series that it need not know, or several, whose forecasts are averaged.
class Committee {
public:
    /// Of a run's `folder`, or of the runs in its members/, and of those that `arguments.with` names. Fills in
    /// `arguments` what is left to them: the series that the first was trained on as data, covariates and screening,
    /// and leaves those horizons that any of them reaches. Collective. Throws ConfigError where none is reached or the
    /// quantiles are not the same, DataError where there is no trained run, else as RunOnFolder does.
    Committee(const comm::Communicator& world, const std::filesystem::path& folder, ContestArguments& arguments);

    std::size_t size() const { return runs_.size(); }
    const RunOnFolder& first() const { return *runs_.front(); }
    const RunOnFolder& furthest() const { return *furthest_; }  ///< the first of those that reach furthest ahead

    /// The mean of all; `origins` as the furthest counts its hours. Filled on rank 0, with the attribute averaged_with,
    /// the folders behind the first, where there are such. Collective.
    store::Results forecast(const Origins& origins);
    /// So many hours behind the end of the data: where no member reaches as far, each horizon's medians stand for what
    /// came, and the next one is forecast from them. Filled on rank 0. Collective.
    store::Results forecast_last(std::int64_t hours);

private:
    const comm::Communicator& world_;
    std::vector<std::unique_ptr<RunOnFolder>> runs_;
    const RunOnFolder* furthest_;
};

}  // namespace gridring::app
