// SPDX-License-Identifier: MIT
#include "gridring/forecast/live.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "forecast/cache_group.hpp"
#include "forecast/results_frame.hpp"

namespace gridring::forecast {
namespace {

constexpr std::int64_t week = 168;  // [h]

bool is_same(float a, float b) { return a == b || (a != a && b != b); }

/// [region][hour] with rows of any length.
template <class T>
struct Rows {
    const std::vector<T>& values;
    std::int64_t length;
};

/// The first of `hours` hours at which any region's row differs.
template <class T, class Same>
std::int64_t first_difference(const Rows<T>& before, const Rows<T>& after, std::int64_t hours, const Same& same) {
    if (before.values.empty()) return hours;
    const std::int64_t regions = std::ssize(before.values) / before.length;
    for (std::int64_t region = 0; region < regions; ++region) {
        const auto old = before.values.begin() + region * before.length;
        const auto differs = std::mismatch(old, old + hours, after.values.begin() + region * after.length, same).first;
        hours = std::min(hours, differs - old);
    }
    return hours;
}

/// Of as many hours: whether what is known of those to come is another.
bool has_other_future(const series::Dataset& before, const series::Dataset& after) {
    for (std::size_t i = 0; i < before.covariates.size(); ++i)
        if (!std::ranges::equal(before.covariates[i].values, after.covariates[i].values, is_same)) return true;
    return false;
}

}  // namespace

std::int64_t live_start(const series::Dataset& data, std::int64_t last, std::int64_t context_hours) {
    const std::int64_t hour = epoch_hours(data.hour_at(last)) + 1 - context_hours;
    const std::int64_t start = hour - (hour % week + week) % week;
    return std::max<std::int64_t>(0, start - epoch_hours(data.first));
}

std::int64_t first_difference(const series::Dataset& before, const series::Dataset& after) {
    const auto names = [](const series::Dataset& data) {
        std::vector<std::string> all;
        for (const auto& covariate : data.covariates) all.push_back(covariate.name);
        return all;
    };
    if (before.first != after.first || before.regions != after.regions || names(before) != names(after)) return -1;
    std::int64_t hours = std::min(before.hours, after.hours);
    hours = first_difference<float>({before.filled_mw, before.hours}, {after.filled_mw, after.hours}, hours, is_same);
    hours = first_difference<std::uint8_t>({before.is_valid, before.hours}, {after.is_valid, after.hours}, hours,
                                           std::equal_to<>());
    for (std::size_t i = 0; i < before.covariates.size(); ++i)
        hours = first_difference<float>({before.covariates[i].values, before.hours + before.known_ahead},
                                        {after.covariates[i].values, after.hours + after.known_ahead}, hours, is_same);
    return hours;
}

store::Results published_with(const store::Results& published, const store::Results& newest,
                              const series::Dataset& data, std::int64_t most) {
    const bool goes_on = published.regions == newest.regions && published.horizon == newest.horizon &&
                         published.quantiles == newest.quantiles;
    const std::vector<Hour> now = newest.origins.front();
    std::vector<Hour> hours;
    std::vector<std::size_t> places;  // of the origins that stay, in `published`
    for (std::size_t o = 0; goes_on && o < published.origins.front().size(); ++o) {
        const Hour hour = published.origins.front()[o];
        if (hour >= now.front() || data.index(hour) < 0) continue;
        hours.push_back(hour);
        places.push_back(o);
    }
    const auto spare = std::max<std::int64_t>(0, std::ssize(hours) + 1 - most);
    hours.erase(hours.begin(), hours.begin() + spare);
    places.erase(places.begin(), places.begin() + spare);
    hours.push_back(now.front());

    std::vector<std::int64_t> origins;
    for (const Hour hour : hours) origins.push_back(data.index(hour));
    model::Options shape;
    shape.horizon = newest.horizon, shape.quantiles = newest.quantiles;
    store::Results all = results_frame(shape, data, std::vector(data.regions.size(), origins));
    const auto cell = static_cast<std::ptrdiff_t>(newest.quantiles.size()) * newest.horizon;
    const auto copy = [&](const store::Results& from, std::int64_t region, std::int64_t o, std::int64_t to) {
        std::copy_n(from.forecast.begin() + (region * from.origin_count() + o) * cell, cell,
                    all.forecast.begin() + (region * all.origin_count() + to) * cell);
    };
    for (std::int64_t region = 0; region < std::ssize(data.regions); ++region) {
        for (std::size_t i = 0; i < places.size(); ++i)
            copy(published, region, static_cast<std::int64_t>(places[i]), static_cast<std::int64_t>(i));
        copy(newest, region, 0, std::ssize(places));
    }
    all.attributes = newest.attributes;
    return all;
}

struct Live::Implementation {
    const comm::Communicator& world;
    model::EnergyTransformer& model;
    Options options;
    std::optional<series::Dataset> seen;
    std::deque<CacheGroup> groups;  // they cannot move
    std::int64_t start = -1;
    Work work;

    /// Forgets what no longer holds.
    void revise(const series::Dataset& data) {
        const std::int64_t before = seen ? seen->hours : data.hours;
        const std::int64_t same = seen ? first_difference(*seen, data) : -1;
        const std::int64_t first = live_start(data, data.hours - 1, options.context_hours);
        work = {};
        work.new_hours = std::max<std::int64_t>(0, data.hours - before);
        work.revised_hours = same < 0 ? 0 : std::min(before, data.hours) - same;
        work.is_new = same < 0 || data.hours != before || work.revised_hours > 0 || has_other_future(*seen, data);
        if (same < 0 || first != start) return begin(data, first);
        // The last hour is taken up again where nothing is new: the forecast comes from its tokens.
        for (auto& group : groups) group.truncate(std::max<std::int64_t>(0, std::min(same, data.hours - 1) - start));
    }

    void begin(const series::Dataset& data, std::int64_t first) {
        start = first;
        groups.clear();
        const auto regions = std::ssize(data.regions);
        for (std::int64_t region = 0; region < regions; region += options.batch) {
            std::vector<train::Sequence> sequences;
            for (std::int64_t r = region; r < std::min(regions, region + options.batch); ++r)
                sequences.push_back({r, start});
            groups.emplace_back(world, model, options, std::move(sequences));
        }
    }

    store::Results forecast(const series::Dataset& data) {
        const std::vector<std::vector<std::int64_t>> last(data.regions.size(), {data.hours - 1});
        store::Results results = world.is_root() ? results_frame(model.options(), data, last) : store::Results{};
        const train::Features features(data, options.features, &model.baseline());
        for (auto& group : groups) {
            work.taken_up = data.hours - start - group.hours();
            const auto all = group.forecast(features, data.hours - start);
            if (!world.is_root()) continue;
            group.for_each_forecast(all, [&](std::size_t s, const float* next) {
                return enter_forecast(results, features, group.sequences()[s].region, 0, data.hours - 1, next);
            });
        }
        return results;
    }
};

Live::Live(const comm::Communicator& world, model::EnergyTransformer& model, const Options& options)
    : self_(new Implementation{world, model, options, {}, {}, -1, {}}) {}

Live::~Live() = default;

store::Results Live::forecast(const series::Dataset& data) {
    self_->revise(data);
    auto results = self_->forecast(data);
    self_->seen = data;
    return results;
}

const Live::Work& Live::work() const { return self_->work; }

}  // namespace gridring::forecast
