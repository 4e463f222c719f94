// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/model/energy_transformer.hpp"
#include "model/forecast_head.hpp"

namespace gridring::model {

/// A forecast head for each range of leads (Options::head_ends): what tells the next hour and what tells the next month
/// do not share a network. One range: its head alone, named "head"; more: "head.<first lead>".
class LeadHeads {
public:
    LeadHeads(Parameters& parameters, const Options& options, std::int64_t target_width);
    void initialise(Parameters& parameters, std::uint64_t seed) const;

    /// Like ForecastHead's. `dx` is replaced: 0 in rows that are no origin.
    void forward(const Parameters& parameters, math::ConstMatrixView x, const Batch& batch, math::ThreadTeam& team,
                 std::vector<float>& quantiles);
    void backward(const Parameters& parameters, std::span<const GradientSum> gradients, math::ConstMatrixView x,
                  const Batch& batch, math::ThreadTeam& team, std::vector<float>& dquantiles, math::MatrixView dx);

private:
    /// The head of leads up to `last`, and its share of a batch: leads [begin, end) of the K.
    struct Range {
        ForecastHead head;
        std::int64_t last;
        std::int64_t begin = 0, end = 0;
        Batch part;
        std::vector<float> quantiles;
    };
    void divide(const Batch& batch);

    std::vector<Range> ranges_;
};

}  // namespace gridring::model
