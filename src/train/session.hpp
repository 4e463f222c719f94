// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "gridring/ring/ring_attention.hpp"
#include "gridring/train/features.hpp"
#include "gridring/train/optimizer.hpp"
#include "gridring/train/trainer.hpp"
#include "train/process_grid.hpp"

namespace gridring::train {

/// What the steps of one training work with: grid, ring, features, optimiser. Collective over `world`, in everything.
class Session {
public:
    /// Refers to all arguments.
    Session(const comm::Communicator& world, model::EnergyTransformer& model, const series::Dataset& data,
            const Split& split, const Options& options);

    /// One optimiser step; the loss is that of the parameters before it. NumericError, on every rank, when it is not
    /// finite.
    double train(std::int64_t step, double& gradient_norm);
    /// Mean loss of the parameters as they are over the validation span; empty where there is none.
    std::optional<double> validate();

    AdamW& optimizer() { return optimizer_; }
    const ProcessGrid& grid() const { return grid_; }
    const ring::Telemetry& telemetry() const { return attention_.telemetry(); }

private:
    void fill(std::span<const Sequence> sequences, const Asked& asked);
    void name_rows(std::span<const Sequence> sequences, std::int64_t step);
    std::array<double, 2> total_loss();

    const comm::Communicator& world_;
    model::EnergyTransformer& model_;
    const series::Dataset& data_;
    const Split& split_;
    const Options& options_;
    Features features_;
    ProcessGrid grid_;
    ring::RingAttention attention_;
    AdamW optimizer_;
    model::Batch batch_;
};

}  // namespace gridring::train
