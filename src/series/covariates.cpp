// SPDX-License-Identifier: MIT
#include "gridring/series/covariates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/series/flags.hpp"
#include "series/append_covariate.hpp"

namespace gridring::series {
namespace {

using Json = nlohmann::json;

constexpr float none = std::numeric_limits<float>::quiet_NaN();
constexpr std::int64_t day = 24;

/// Means of those of the last 24 hours that are there.
void append_day_means(std::span<const float> values, std::vector<float>& means) {
    double sum = 0;
    std::int64_t count = 0;
    for (std::size_t t = 0; t < values.size(); ++t) {
        if (!std::isnan(values[t])) sum += static_cast<double>(values[t]), ++count;
        if (t >= day && !std::isnan(values[t - day])) sum -= static_cast<double>(values[t - day]), --count;
        means.push_back(count > 0 ? static_cast<float>(sum / static_cast<double>(count)) : none);
    }
}

}  // namespace

void append_covariate(Dataset& data, const store::Series& series, const std::string& name, bool is_known_ahead) {
    const auto& variable = series.variable(name);
    Covariate covariate{name, variable.units, is_known_ahead, {}, {}};
    const std::int64_t axis = data.hours + data.known_ahead, known = is_known_ahead ? axis : data.hours;
    for (std::int64_t region = 0; region < std::ssize(data.regions); ++region) {
        const auto begin = covariate.values.size();
        for (std::int64_t hour = 0; hour < axis; ++hour) {
            const auto at = static_cast<std::size_t>(region * series.hours + hour);
            const bool is_there =
                hour < std::min(known, series.hours) &&
                (variable.flags.empty() || is_good(static_cast<std::uint16_t>(variable.flags[at] & ~two_sided_flags)));
            covariate.values.push_back(is_there ? static_cast<float>(variable.values[at]) : none);
        }
        append_day_means(std::span(covariate.values).subspan(begin), covariate.day_means);
    }
    data.covariates.push_back(std::move(covariate));
}

void append_day_ahead(Dataset& data, const store::Series& series, const std::string& name, int issued) {
    append_covariate(data, series, name, true);
    auto& known_from = data.covariates.back().known_from;
    for (const std::string& zone : data.time_zones) {
        const LocalClock clock(zone);
        std::chrono::sys_days last{};
        std::int64_t first_origin = 0;
        for (std::int64_t hour = 0; hour < data.hours + data.known_ahead; ++hour) {
            const auto date = date_of(clock.at(data.hour_at(hour - 1)));  // in which the hour begins
            if (hour == 0 || date != last) {
                first_origin = data.index(clock.instant(date - std::chrono::days{1}, issued));
                last = date;
            }
            known_from.push_back(first_origin);
        }
    }
}

std::vector<std::string> CovariateNames::all() const {
    std::vector<std::string> names = known_ahead;
    for (const auto& [name, issued] : known_day_ahead) names.push_back(name);
    names.insert(names.end(), known_to_origin.begin(), known_to_origin.end());
    return names;
}

void fit_covariates(Dataset& data, std::int64_t end) {
    const std::int64_t axis = data.hours + data.known_ahead;
    for (Covariate& covariate : data.covariates) {
        double sum = 0, squares = 0, count = 0;
        const auto for_each_learnt = [&](const auto& use) {
            for (std::int64_t region = 0; region < std::ssize(data.regions); ++region)
                for (std::int64_t hour = 0; hour < std::min(end, data.hours); ++hour)
                    if (const float value = covariate.values[static_cast<std::size_t>(region * axis + hour)];
                        !std::isnan(value))
                        use(static_cast<double>(value));
        };
        for_each_learnt([&](double value) { sum += value, ++count; });
        covariate.centre = count > 0 ? sum / count : 0;
        for_each_learnt([&](double value) { squares += (value - covariate.centre) * (value - covariate.centre); });
        const double deviation = count > 0 ? std::sqrt(squares / count) : 0;
        covariate.unit = deviation > 1e-9 * std::abs(covariate.centre) ? deviation : 1;  // always the same so far
    }
}

std::string describe_scales(const Dataset& data) {
    Json all = Json::array();
    for (const Covariate& covariate : data.covariates)
        all.push_back({{"name", covariate.name},
                       {"units", covariate.units},
                       {"known_ahead", covariate.is_known_ahead},
                       {"day_ahead", !covariate.known_from.empty()},
                       {"centre", covariate.centre},
                       {"unit", covariate.unit}});
    return all.dump();
}

void apply_scales(Dataset& data, const std::string& text) {
    const Json all = Json::parse(text, nullptr, false);
    bool is_same = all.is_array() && all.size() == data.covariates.size();
    for (std::size_t c = 0; is_same && c < data.covariates.size(); ++c) {
        Covariate& covariate = data.covariates[c];
        is_same = all[c].value("name", "") == covariate.name && all[c].value("units", "") == covariate.units &&
                  all[c].value("known_ahead", false) == covariate.is_known_ahead &&
                  all[c].value("day_ahead", false) == !covariate.known_from.empty();
        covariate.centre = all[c].value("centre", 0.0), covariate.unit = all[c].value("unit", 1.0);
    }
    if (!is_same)
        throw DataError(
            fmt::format("expected the covariates that the model was trained with, {}, found {}; prepare "
                        "the data as for its training",
                        text.empty() ? "none" : text, describe_scales(data)));
}

void expect_known_ahead(const Dataset& data, std::int64_t horizon) {
    const std::int64_t axis = data.hours + data.known_ahead;
    expects(horizon <= data.known_ahead, "expect_known_ahead: within the dataset's axis");
    for (const Covariate& covariate : data.covariates) {
        if (!covariate.is_known_ahead || !covariate.known_from.empty()) continue;  // what is not issued yet is masked
        for (std::int64_t region = 0; region < std::ssize(data.regions); ++region) {
            const auto row = std::span(covariate.values)
                                 .subspan(static_cast<std::size_t>(region * axis), static_cast<std::size_t>(axis));
            const auto is_there = [](float value) { return !std::isnan(value); };
            const auto ahead = row.subspan(static_cast<std::size_t>(data.hours), static_cast<std::size_t>(horizon));
            const auto missing = std::ssize(ahead) - std::ranges::count_if(ahead, is_there);
            if (missing == 0 || std::ranges::none_of(row, is_there)) continue;
            const auto first = std::ranges::find_if_not(ahead, is_there) - ahead.begin();
            std::ptrdiff_t last = std::ssize(ahead) - 1;
            while (is_there(ahead[static_cast<std::size_t>(last)])) --last;
            throw DataError(fmt::format(
                "{} of {}: expected a value for each of the {} hours to forecast, {} to {}, found {} missing, the "
                "first {}, the last {}; bring them in with `gridring import` (rows behind the last demand, whose "
                "cell stays empty)",
                covariate.name, data.regions[static_cast<std::size_t>(region)], horizon,
                to_string(data.hour_at(data.hours)), to_string(data.hour_at(data.hours + horizon - 1)), missing,
                to_string(data.hour_at(data.hours + first)), to_string(data.hour_at(data.hours + last))));
        }
    }
}

std::vector<std::string> absent_day_ahead(const Dataset& data, std::int64_t horizon) {
    std::vector<std::string> absent;
    const std::int64_t axis = data.hours + data.known_ahead;
    const auto is_there = [](float value) { return !std::isnan(value); };
    for (const Covariate& covariate : data.covariates) {
        if (covariate.known_from.empty()) continue;
        for (std::int64_t region = 0; region < std::ssize(data.regions); ++region) {
            const auto first = static_cast<std::size_t>(region * axis), size = static_cast<std::size_t>(axis);
            const auto values = std::span(covariate.values).subspan(first, size);
            const auto known_from = std::span(covariate.known_from).subspan(first, size);
            std::int64_t issued = 0, there = 0;
            for (std::int64_t hour = data.hours; hour < data.hours + std::min(horizon, data.known_ahead); ++hour)
                if (known_from[static_cast<std::size_t>(hour)] < data.hours)
                    ++issued, there += is_there(values[static_cast<std::size_t>(hour)]) ? 1 : 0;
            if (issued > 0 && there == 0 && std::ranges::any_of(values, is_there))
                absent.push_back(
                    fmt::format("{} of {}", covariate.name, data.regions[static_cast<std::size_t>(region)]));
        }
    }
    return absent;
}

void keep_hours_of(const Dataset& data, store::Series& series) {
    if (series.hours == data.hours) return;
    const auto old_hours = static_cast<std::size_t>(series.hours), hours = static_cast<std::size_t>(data.hours);
    const auto cut = [&](auto& values) {
        if (values.empty()) return;
        std::remove_reference_t<decltype(values)> kept;
        for (std::size_t region = 0; region < series.regions.size(); ++region) {
            const auto row = std::span(values).subspan(region * old_hours, hours);
            kept.insert(kept.end(), row.begin(), row.end());
        }
        values = std::move(kept);
    };
    for (auto& variable : series.variables) cut(variable.values), cut(variable.flags), cut(variable.cleaned);
    series.hours = data.hours;
}

}  // namespace gridring::series
