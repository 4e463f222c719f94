// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "app/contest_setup.hpp"
#include "app/settings.hpp"
#include "gridring/comm/communicator.hpp"
#include "gridring/forecast/attention_spread.hpp"

namespace gridring::app {

/// The model of a trained run on a folder of series that it need not know.
class RunOnFolder {
public:
    /// Without days to test in `arguments` the series is for a forecast behind its end. `settings` as
    /// settings_of_run gives them. Reads checkpoint.h5 and, on rank 0, the folder. Collective.
    RunOnFolder(const comm::Communicator& world, Settings settings, ContestArguments arguments);

    /// Reads the series again, which may have grown. Collective.
    void read_again();

    const Settings& settings() const { return settings_; }
    const store::Series& series() const { return series_; }  ///< with all that was read on rank 0, else demand alone
    const series::Dataset& data() const { return data_; }

    /// Goes on as if these had come behind the data, [region][hours] in MW; the same on every rank.
    void append(std::span<const float> mw) { series::append_hours(data_, mw); }

    model::EnergyTransformer& model() { return *model_; }
    /// Quantiles in MW from these origins; filled on rank 0. Collective.
    store::Results forecast(const Origins& origins);
    /// How the attention of these origins is spread. On one rank.
    forecast::AttentionSpread attention_spread(const Origins& origins);

private:
    /// What the checkpoint knows of its inputs.
    struct Learnt {
        std::string scales;                   ///< of covariates
        std::vector<std::string> told_apart;  ///< regions
    };
    Learnt read_learnt() const;

    const comm::Communicator& world_;
    Settings settings_;
    ContestArguments arguments_;
    Learnt learnt_;
    store::Series series_;
    series::Dataset data_;
    std::unique_ptr<model::EnergyTransformer> model_;
    bool has_warned_ = false;
};

}  // namespace gridring::app
