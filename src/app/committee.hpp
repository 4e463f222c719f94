// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "app/model_entry.hpp"

namespace gridring::app {

/// A trained run on a folder of series that it need not know, or several, whose forecasts are averaged.
class Committee {
public:
    /// `folder`: a run's, or one in whose members/ runs lie, as a sweep leaves it; `arguments.with` names further ones.
    /// Leaves those horizons in `arguments` that any of them reaches. Collective. Throws ConfigError where none is
    /// reached or there is no run, else as RunOnFolder does.
    Committee(const comm::Communicator& world, const std::filesystem::path& folder, ContestArguments& arguments);

    std::size_t size() const { return runs_.size(); }
    const RunOnFolder& first() const { return *runs_.front(); }  ///< of those that reach furthest ahead
    std::vector<std::filesystem::path> others() const;           ///< folders of the rest

    /// The mean of all; `origins` as the first counts its hours. Filled on rank 0. Collective.
    store::Results forecast(const Origins& origins);

private:
    const comm::Communicator& world_;
    std::vector<std::unique_ptr<RunOnFolder>> runs_;
};

/// The folder itself, or those in its members/ that hold a model, by name. As rank 0 sees it. Collective. Throws
/// ConfigError where members/ has none.
std::vector<std::filesystem::path> runs_of(const comm::Communicator& world, const std::filesystem::path& folder);

}  // namespace gridring::app
