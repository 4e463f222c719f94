// SPDX-License-Identifier: MIT
#include "gridring/forecast/contest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gridring/core/error.hpp"
#include "gridring/score/metrics.hpp"

namespace gridring::forecast {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr double certain = .01;

std::size_t longest_of(const Contest& contest) {
    expects(!contest.leads.empty(), "leads to judge over");
    return static_cast<std::size_t>(std::ranges::max_element(contest.leads, {}, &LeadRange::last)->last);
}

class Judge {
public:
    Judge(const Contest& contest, const std::vector<Entry>& entries, std::size_t region, LeadRange leads)
        : contest_(contest),
          region_(region),
          first_(static_cast<std::size_t>(leads.first - 1)),
          count_(static_cast<std::size_t>(leads.last - leads.first + 1)),
          longest_(longest_of(contest)),
          actual_(contest.origins[region].size() * count_, none) {
        const auto hours = static_cast<std::size_t>(contest.data.hours);
        for (std::size_t o = 0; o < contest.origins[region].size(); ++o)
            for (std::size_t i = 0; i < count_; ++i) {
                const std::size_t lead = first_ + i;
                const auto target = static_cast<std::size_t>(contest.origins[region][o]) + 1 + lead;
                const bool counts = target < hours && std::ranges::all_of(entries, [&](const Entry& entry) {
                                        return !std::isnan(entry.forecast[region][o * longest_ + lead]);
                                    });
                if (counts) actual_[o * count_ + i] = contest.truth[region * hours + target];
            }
    }

    Standing judge(const Entry& entry) const {
        const auto forecast = forecast_of(entry);
        Standing standing;
        standing.name = entry.name;
        const auto mape = score::mape(actual_, forecast);
        standing.mape = mape.value, standing.n = mape.n;
        standing.median_ape = score::median_ape(actual_, forecast).value;
        standing.wape = score::wape(actual_, forecast).value;
        standing.mae_mw = score::mae(actual_, forecast).value;
        standing.rmse_mw = score::rmse(actual_, forecast).value;
        standing.mase = score::mase(actual_, forecast, scale_).value;
        for (std::size_t begin = 0; begin < actual_.size(); begin += count_)
            standing.ape_by_origin.push_back(
                score::mape(std::span(actual_).subspan(begin, count_), std::span(forecast).subspan(begin, count_))
                    .value);
        return standing;
    }

private:
    std::vector<double> forecast_of(const Entry& entry) const {
        std::vector<double> forecast(actual_.size());
        for (std::size_t o = 0; o < contest_.origins[region_].size(); ++o)
            for (std::size_t i = 0; i < count_; ++i)
                forecast[o * count_ + i] = static_cast<double>(entry.forecast[region_][o * longest_ + first_ + i]);
        return forecast;
    }

    double scale() const {
        const auto hours = static_cast<std::size_t>(contest_.data.hours);
        return score::seasonal_scale(
            std::span(contest_.truth).subspan(region_ * hours, static_cast<std::size_t>(contest_.training_hours)), 24);
    }

    const Contest& contest_;
    const std::size_t region_, first_, count_, longest_;
    const double scale_ = scale();
    std::vector<double> actual_;  ///< [origin][lead]; NaN = does not count
};

double mean_over(const std::vector<Table>& tables, std::size_t entry) {
    double sum = 0;
    for (const Table& table : tables) sum += table.standings[entry].mape / static_cast<double>(tables.size());
    return sum;
}

char sign_of(const score::Comparison& against_first) {
    if (against_first.p_two_sided >= certain) return ' ';
    return against_first.mean_difference > 0 ? '*' : '+';
}

}  // namespace

Entry enter(const Contest& contest, const Forecaster& forecaster) {
    Entry entry{forecaster.name(), {}};
    const std::size_t horizon = longest_of(contest);
    for (std::size_t region = 0; region < contest.origins.size(); ++region) {
        auto& forecast = entry.forecast.emplace_back(contest.origins[region].size() * horizon);
        for (std::size_t o = 0; o < contest.origins[region].size(); ++o)
            forecaster.forecast(static_cast<std::int64_t>(region), contest.origins[region][o],
                                std::span(forecast).subspan(o * horizon, horizon));
    }
    return entry;
}

std::vector<std::vector<Table>> judge(const Contest& contest, const std::vector<Entry>& entries) {
    expects(!entries.empty(), "someone to judge");
    std::vector<std::vector<Table>> tables;
    for (const LeadRange leads : contest.leads) {
        auto& of_range = tables.emplace_back();
        for (std::size_t region = 0; region < contest.origins.size(); ++region) {
            Table& table = of_range.emplace_back(leads, contest.data.regions[region], std::vector<Standing>{});
            const Judge judge(contest, entries, region, leads);
            for (const Entry& entry : entries) table.standings.push_back(judge.judge(entry));
            for (Standing& standing : std::span(table.standings).subspan(1))
                standing.against_first = score::diebold_mariano(
                    standing.ape_by_origin, table.standings[0].ape_by_origin, (leads.last + 23) / 24 - 1);
        }
    }
    return tables;
}

std::string to_text(const std::vector<std::vector<Table>>& tables) {
    std::string text;
    for (const auto& of_range : tables) {
        text += fmt::format("MAPE %, {} to {} h ahead\n{:<8}{:>9}", of_range.front().leads.first,
                            of_range.front().leads.last, "region", "n");
        for (const Standing& standing : of_range.front().standings) text += fmt::format("{:>12} ", standing.name);
        text += "\n";
        for (const Table& table : of_range) {
            text += fmt::format("{:<8}{:>9}", table.region, table.standings.front().n);
            for (const Standing& standing : table.standings)
                text += fmt::format("{:>12.2f}{}", standing.mape, sign_of(standing.against_first));
            text += "\n";
        }
        text += fmt::format("{:<17}", "mean");
        for (std::size_t entry = 0; entry < of_range.front().standings.size(); ++entry)
            text += fmt::format("{:>12.2f} ", mean_over(of_range, entry));
        text += "\n\n";
    }
    return text;
}

}  // namespace gridring::forecast
