// SPDX-License-Identifier: MIT
#include "gridring/forecast/standardised.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "gridring/core/error.hpp"

namespace gridring::forecast {
namespace {

/// Of the region's true hours before `end`.
double deviation(const Contest& contest, std::size_t region) {
    const auto hours = static_cast<std::size_t>(contest.data.hours);
    const auto* const truth = contest.truth.data() + region * hours;
    double sum = 0, squares = 0, count = 0;
    for (std::size_t hour = 0; hour < static_cast<std::size_t>(contest.training_hours); ++hour)
        if (!std::isnan(truth[hour])) sum += truth[hour], squares += truth[hour] * truth[hour], ++count;
    if (count == 0)
        throw DataError(
            fmt::format("{}: no training hour to take a standard deviation from", contest.data.regions[region]));
    const double variance = squares / count - sum / count * (sum / count);
    if (!(variance > 0))
        throw DataError(
            fmt::format("{}: its training hours are all the same, {}: errors cannot be told in their "
                        "deviations. Mend: leave it out",
                        contest.data.regions[region], sum / count));
    return std::sqrt(variance);
}

StandardisedScore mean_over_horizons(const std::vector<StandardisedScore>& scores) {
    StandardisedScore mean;
    for (const auto& score : scores) {
        mean.mse += score.mse / static_cast<double>(scores.size());
        mean.mae += score.mae / static_cast<double>(scores.size());
    }
    return mean;
}

}  // namespace

StandardisedScore standardised(const Contest& contest, const Entry& entry, std::int64_t horizon) {
    const auto hours = static_cast<std::size_t>(contest.data.hours);
    const auto leads = static_cast<std::size_t>(contest.last_lead());
    expects(horizon >= 1 && horizon <= contest.last_lead(), "a horizon that was forecast");
    StandardisedScore score{horizon, 0, 0, 0};
    double count = 0;
    for (std::size_t region = 0; region < contest.origins.size(); ++region) {
        const double scale = deviation(contest, region);
        const auto& origins = contest.origins[region];
        const auto end = std::ranges::lower_bound(origins, contest.data.hours - horizon);
        const auto windows = static_cast<std::size_t>(end - origins.begin());
        score.windows = std::max(score.windows, static_cast<std::int64_t>(windows));
        for (std::size_t o = 0; o < windows; ++o) {
            const auto first = region * hours + static_cast<std::size_t>(origins[o]) + 1;
            for (std::size_t lead = 0; lead < static_cast<std::size_t>(horizon); ++lead) {
                const double error =
                    (static_cast<double>(entry.forecast[region][o * leads + lead]) - contest.truth[first + lead]) /
                    scale;
                if (std::isnan(error)) continue;
                score.mse += error * error, score.mae += std::abs(error), ++count;
            }
        }
    }
    const double none = std::numeric_limits<double>::quiet_NaN();
    score.mse = count > 0 ? score.mse / count : none, score.mae = count > 0 ? score.mae / count : none;
    return score;
}

std::string to_text(const std::vector<std::string>& names, const std::vector<std::vector<StandardisedScore>>& scores) {
    expects(!scores.empty() && names.size() == scores.size(), "scores of every name");
    std::string text = fmt::format("{:>12}{:>9}", "hours ahead", "windows");
    for (const auto& name : names) text += fmt::format("{:>12} MSE    MAE", name);
    const auto row = [&](const std::string& label, const std::string& windows, const auto& score_of) {
        text += fmt::format("\n{:>12}{:>9}", label, windows);
        for (const auto& of_entry : scores) {
            const StandardisedScore score = score_of(of_entry);
            text += fmt::format("{:>16.4f} {:>6.4f}", score.mse, score.mae);
        }
    };
    for (std::size_t h = 0; h < scores.front().size(); ++h)
        row(std::to_string(scores.front()[h].horizon), std::to_string(scores.front()[h].windows),
            [h](const auto& of_entry) { return of_entry[h]; });
    row("average", "", mean_over_horizons);
    return text + "\n";
}

std::string to_json(const std::vector<std::string>& names, const std::vector<std::vector<StandardisedScore>>& scores) {
    nlohmann::json all;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto mean = mean_over_horizons(scores[i]);
        auto& entry = all[names[i]];
        entry["average"] = {{"mse", mean.mse}, {"mae", mean.mae}};
        for (const auto& score : scores[i])
            entry["horizons"].push_back(
                {{"horizon", score.horizon}, {"windows", score.windows}, {"mse", score.mse}, {"mae", score.mae}});
    }
    return all.dump() + "\n";
}

}  // namespace gridring::forecast
