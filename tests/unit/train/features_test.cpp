// SPDX-License-Identifier: MIT
#include "gridring/train/features.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "gridring/series/covariates.hpp"
#include "support/toy_dataset.hpp"
#include "train/questions.hpp"
#include "train/sequences.hpp"

using namespace gridring;

namespace {

constexpr std::int64_t hours = 9700, first = 9200;  // the year before is known
const std::vector<std::int64_t> positions{0, 1, 50, 51, 52, 400};

math::ThreadTeam team(2);

series::Dataset long_dataset() { return test::toy_dataset(hours); }

model::Batch batch_of(const series::Dataset& data, const train::FeatureOptions& options = {},
                      const model::LinearBaseline* baseline = nullptr) {
    const std::vector<train::Sequence> sequences{{1, first}};
    model::Batch batch;
    train::Features(data, options, baseline)
        .fill(batch, sequences, positions, {{positions}, {1, 5, 24}, {0, hours}}, team);
    return batch;
}

std::span<const float> row(const std::vector<float>& values, std::int64_t index, std::int64_t width) {
    return std::span(values).subspan(static_cast<std::size_t>(index * width), static_cast<std::size_t>(width));
}

/// Temperature and a share known ahead, generation in MW up to the origin.
series::Dataset with_covariates() {
    auto data = long_dataset();
    const auto axis = static_cast<std::size_t>(hours + data.known_ahead);
    for (const auto& [name, units, is_ahead] :
         {std::tuple{"temperature", "degC", true}, {"share", "1", true}, {"wind", "MW", false}}) {
        series::Covariate covariate{name, units, is_ahead, {}, {}};
        for (std::size_t i = 0; i < 2 * axis; ++i) {
            const bool is_there = i % 97 != 0 && (is_ahead || i % axis < static_cast<std::size_t>(hours));
            covariate.values.push_back(is_there ? 5 + static_cast<float>(i % 31) : std::nanf(""));
            covariate.day_means.push_back(15 + static_cast<float>(i % 7));
        }
        data.covariates.push_back(std::move(covariate));
    }
    series::fit_covariates(data, first);
    return data;
}

/// Which rows hold the same inputs: the token and all that their forecasts are made from.
std::vector<bool> same_rows(const series::Dataset& data, const model::Batch& a, const model::Batch& b,
                            float tolerance = 0) {
    const auto widths = train::input_widths(data);
    const auto equal = [&](std::span<const float> x, std::span<const float> y) {
        return std::ranges::equal(x, y, [&](float u, float v) { return std::abs(u - v) <= tolerance; });
    };
    std::vector<bool> same;
    for (std::int64_t l = 0; l < std::ssize(positions); ++l)
        same.push_back(equal(row(a.token, l, widths.token), row(b.token, l, widths.token)) &&
                       equal(row(a.baseline, l, 3), row(b.baseline, l, 3)) &&
                       equal(row(a.target, l, 3 * widths.target), row(b.target, l, 3 * widths.target)));
    return same;
}

}  // namespace

TEST_CASE("a row knows nothing of the hours after it, whatever happens there") {
    for (const auto units : {series::Units::ratio, series::Units::deviation}) {
        auto data = long_dataset();
        const auto before = batch_of(data, {units, 8760});
        for (std::int64_t t = first + 51; t < hours; ++t) {
            const auto i = static_cast<std::size_t>(hours + t);
            data.filled_mw[i] += 500, data.actual_mw[i] += 500, data.is_valid[i] ^= 1;
        }
        CHECK(same_rows(data, before, batch_of(data, {units, 8760})) ==
              std::vector<bool>{true, true, true, false, false, false});
    }
}

TEST_CASE("of covariates a row knows those after its origin that are known ahead, and only up to the target") {
    const auto data = with_covariates();
    const auto before = batch_of(data);
    const auto changed = [&](std::size_t covariate, std::int64_t from, bool is_demand = false) {
        auto other = data;
        for (std::int64_t t = from; t < hours + data.known_ahead; ++t) {
            const auto at = static_cast<std::size_t>(hours + data.known_ahead + t);
            auto& value = other.covariates[covariate].values[at];
            value = std::isnan(value) ? 9 : std::nanf("");
            other.covariates[covariate].day_means[at] += 7;
            const auto i = static_cast<std::size_t>(hours + t);
            if (is_demand && t < hours) other.filled_mw[i] += 500, other.actual_mw[i] += 500, other.is_valid[i] ^= 1;
        }
        return batch_of(other);
    };
    // positions 0, 1, 50, 51, 52, 400, each with leads 1, 5 and 24
    const auto to_origin = same_rows(data, before, changed(2, first + 51, true));
    CHECK(to_origin == std::vector<bool>{true, true, true, false, false, false});
    const auto ahead = changed(0, first + 52);
    const auto widths = train::input_widths(data);
    const auto is_same = [&](std::int64_t origin, std::int64_t lead) {
        const auto forecast = 3 * origin + lead;
        return std::ranges::equal(row(before.target, forecast, widths.target),
                                  row(ahead.target, forecast, widths.target));
    };
    for (std::int64_t o = 0; o < std::ssize(positions); ++o)
        CHECK(std::ranges::equal(row(before.token, o, widths.token), row(ahead.token, o, widths.token)) ==
              (positions[static_cast<std::size_t>(o)] < 52));
    for (const std::int64_t lead : {0, 1, 2}) CHECK((is_same(0, lead) && is_same(1, lead)));
    CHECK(is_same(2, 0));        // the hour 51
    CHECK_FALSE(is_same(2, 1));  // 55: its weather is known
    CHECK_FALSE(is_same(3, 0));
}

TEST_CASE("covariates stand in the row on the scale of the training span, missing ones masked") {
    auto data = with_covariates();
    const auto batch = batch_of(data);
    auto plain = data;
    plain.covariates.clear();
    const auto widths = train::input_widths(data), bare = train::input_widths(plain);
    CHECK(widths.token == bare.token + 9);
    CHECK(widths.target == bare.target + 18);
    CHECK(bare.token == train::input_widths(long_dataset()).token);
    const auto old = batch_of(long_dataset());  // what was there before stands where it stood
    for (std::int64_t l = 0; l < std::ssize(positions); ++l)
        CHECK(std::ranges::equal(row(old.token, l, bare.token),
                                 row(batch.token, l, widths.token).first(static_cast<std::size_t>(bare.token))));
    const auto axis = hours + data.known_ahead;
    const auto told = [&](const series::Covariate& covariate, std::int64_t hour) {
        const auto value = covariate.values[static_cast<std::size_t>(axis + hour)];
        return std::isnan(value) ? 0.0f
                                 : static_cast<float>((static_cast<double>(value) - covariate.centre) / covariate.unit);
    };
    const std::int64_t origin = first + 50, target = origin + 24;
    const auto known = row(batch.target, 3 * 2 + 2, widths.target).subspan(static_cast<std::size_t>(bare.target));
    CHECK(known[0] == told(data.covariates[0], target));
    CHECK(known[3] == told(data.covariates[0], origin));        // a day before
    CHECK(known[6] == told(data.covariates[0], target - 168));  // a week before
    CHECK(known[9] == told(data.covariates[1], target));
    const series::History history(data, series::Units::ratio, 8760);
    const auto token = row(batch.token, 2, widths.token).subspan(static_cast<std::size_t>(bare.token));
    CHECK(token[6] == history.beside(1, origin, data.covariates[2].values[static_cast<std::size_t>(axis + origin)]));
    data.covariates[0].values[static_cast<std::size_t>(axis + target)] = std::nanf("");
    const auto without = batch_of(data);
    const auto masked = row(without.target, 3 * 2 + 2, widths.target).subspan(static_cast<std::size_t>(bare.target));
    CHECK((known[2] == 1 && masked[0] == 0 && masked[2] == 0));
}

TEST_CASE("a row knows nothing of what lies further back than it looks") {
    auto data = long_dataset();
    const std::vector<bool> all(positions.size(), true), none(positions.size(), false);
    for (const std::int64_t look_back : {168, 672, 2016, 8760}) {
        const auto before = batch_of(data, {series::Units::ratio, look_back});
        auto older = data, old = data;
        for (std::int64_t t = 0; t < hours; ++t) {
            const auto i = static_cast<std::size_t>(hours + t);
            if (t <= first - look_back) older.filled_mw[i] += 300 + static_cast<float>(t % 7);
            if (t <= first + 440 - look_back) old.filled_mw[i] += 300 + static_cast<float>(t % 7);
        }
        INFO("look back ", look_back);
        CHECK(same_rows(data, before, batch_of(older, {series::Units::ratio, look_back}), 1e-4f) == all);
        CHECK(same_rows(data, before, batch_of(old, {series::Units::ratio, look_back}), 1e-4f) == none);
    }
}

TEST_CASE("all that an origin sees, attention and the linear baseline included, lies within the hours asked") {
    auto data = long_dataset();
    const train::FeatureOptions options{series::Units::deviation, 512, 168, train::CalendarInputs::hour};
    const model::LinearBaseline baseline{512, 24, {}, std::vector<float>(24 * 512, 0.01f)};
    const auto widths = train::input_widths(data);
    const auto before = batch_of(data, options, &baseline);
    auto changed = data;
    const std::int64_t origin = first + 400;
    for (std::int64_t t = 0; t <= origin - 512; ++t)
        changed.filled_mw[static_cast<std::size_t>(hours + t)] += 300 + static_cast<float>(t % 7);
    const auto after = batch_of(changed, options, &baseline);
    const auto near = [](std::span<const float> a, std::span<const float> b) {
        return std::ranges::equal(a, b, [](float x, float y) { return std::abs(x - y) <= 1e-4f; });
    };
    CHECK(near(row(before.baseline, 5, 3), row(after.baseline, 5, 3)));
    CHECK(near(row(before.target, 5, 3 * widths.target), row(after.target, 5, 3 * widths.target)));
    for (const std::int64_t token : {2, 4, 5})
        CHECK(near(row(before.token, token, widths.token), row(after.token, token, widths.token)) ==
              (first + positions[static_cast<std::size_t>(token)] - 167 > origin - 512));
    CHECK_FALSE(near(row(before.baseline, 0, 3), row(after.baseline, 0, 3)));  // an earlier origin does see them

    const auto known = row(before.target, 15, widths.target);  // of the toy's calendar all is the first 8 features
    CHECK(std::ranges::equal(known.subspan(22, 4), data.calendar_of(1, origin + 1)));
}

TEST_CASE("errors count in deviations of the region where they are squared") {
    const auto data = long_dataset();
    const train::FeatureOptions options{series::Units::deviation, 672};
    train::Features features(data, options);
    features.weigh_by_deviation(9000);
    model::Batch batch;
    const std::vector<train::Sequence> sequences{{1, first}};
    features.fill(batch, sequences, positions, {{positions}, {1, 5, 24}, {0, hours}}, team);
    double sum = 0, squares = 0;
    for (std::size_t t = 0; t < 9000; ++t) {
        const auto value = static_cast<double>(data.filled_mw[static_cast<std::size_t>(hours) + t]);
        sum += value, squares += value * value;
    }
    const double deviation = std::sqrt(squares / 9000 - sum / 9000 * (sum / 9000));
    for (std::size_t o = 0; o < positions.size(); ++o) {
        const std::int64_t origin = first + positions[o];
        const double unit = features.unscale(1, origin, 1) - features.unscale(1, origin, 0);
        const float expected = data.valid(1, origin + 1) ? static_cast<float>(unit * unit / deviation / deviation) : 0;
        CHECK(batch.weight[3 * o] == doctest::Approx(expected).epsilon(1e-3));
    }
}

TEST_CASE("every origin forecasts its own hours, relative to what it knows") {
    const auto data = long_dataset();
    const auto batch = batch_of(data);
    const series::History history(data, series::Units::ratio, 8760);
    const auto widths = train::input_widths(data);
    CHECK(batch.origins == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
    CHECK(batch.token.size() == positions.size() * static_cast<std::size_t>(widths.token));
    CHECK(batch.target.size() == positions.size() * 3 * static_cast<std::size_t>(widths.target));
    const std::array<std::int64_t, 3> leads{1, 5, 24};
    for (std::size_t o = 0; o < positions.size(); ++o)
        for (std::size_t k = 0; k < 3; ++k) {
            const std::int64_t origin = first + positions[o], target = origin + leads[k];
            const std::size_t i = 3 * o + k;
            const auto known = row(batch.target, static_cast<std::int64_t>(i), widths.target);
            CHECK(known[0] == history.relative(1, origin, target - 24));
            CHECK(batch.baseline[i] == history.relative(1, origin, target - 168));
            CHECK(std::ranges::equal(known.subspan(22, 4), data.calendar_of(1, target)));
            CHECK(batch.weight[i] == (data.valid(1, target) ? 1.0f : 0.0f));
            if (data.valid(1, target)) CHECK(batch.actual[i] == history.scale(1, origin, data.mw(1, target)));
        }
}

TEST_CASE("rows that are no origin forecast nothing, targets outside the span weigh nothing") {
    const auto data = test::toy_dataset(1200);
    const std::vector<train::Sequence> sequences{{0, 1100}, {1, 1000}};
    const std::vector<std::int64_t> rows{97, 98, 99};
    model::Batch batch;
    train::Features(data, {}).fill(batch, sequences, rows, {{{98, 99}, {}}, {1, 2, 3}, {1199, 1210}}, team);
    CHECK(batch.origins == std::vector<std::int64_t>{1, 2});
    CHECK(batch.weight.size() == 6);
    const float is_valid = data.valid(0, 1199) ? 1.0f : 0.0f;
    CHECK(batch.weight == std::vector<float>{is_valid, 0, 0, 0, 0, 0});  // 1198 + 1; then past the span or the data
}

TEST_CASE("drawn leads: distinct, of all distances, other ones each step; all where there are no more") {
    const auto half = train::drawn_leads(720, 24, 48, 1, 0);
    CHECK(half[23] == 24);
    CHECK(half[24] > 24);
    const auto all = train::drawn_leads(24, 24, 24, 1, 0);
    CHECK(all.size() == 24);
    CHECK(all.back() == 24);
    std::vector<int> seen(721);
    std::int64_t near = 0, total = 0;
    for (std::int64_t step = 0; step < 2000; ++step) {
        const auto leads = train::drawn_leads(720, 24, 24, 1, step);
        CHECK(std::ranges::adjacent_find(leads, std::greater_equal<>()) == leads.end());
        CHECK(leads.front() >= 1);
        CHECK(leads.back() <= 720);
        for (const auto lead : leads) ++seen[static_cast<std::size_t>(lead)], near += lead <= 24;
        total += std::ssize(leads);
    }
    CHECK(std::ranges::count(seen, 0) == 1);  // lead 0
    CHECK(static_cast<double>(near) / static_cast<double>(total) == doctest::Approx(0.5).epsilon(0.1));
}

TEST_CASE(
    "training sequences depend on seed and step alone and stay in the training span; validation ends in its own") {
    const auto data = test::toy_dataset(1200);
    train::Options options;
    options.batch = 3, options.sequence_hours = 200, options.validation_sequences = 4;
    const train::Split split{900, 1100};
    const auto again = train::training_sequences(options, data, split, 7);
    CHECK(again.size() == 3);
    bool is_other = false;
    int anonymous = 0;
    options.anonymous = .25;
    for (std::int64_t step = 0; step < 200; ++step)
        for (const auto& sequence : train::training_sequences(options, data, split, step)) {
            CHECK(sequence.first >= 0);
            CHECK(sequence.first + options.sequence_hours <= split.train_end);
            is_other = is_other || sequence.first != again[0].first;
            anonymous += sequence.is_anonymous ? 1 : 0;
        }
    CHECK(is_other);
    CHECK(anonymous > 120);
    CHECK(anonymous < 180);
    CHECK(train::training_sequences(options, data, split, 7)[2].first == again[2].first);
    const auto fixed = train::validation_sequences(options, data, split);
    CHECK(fixed.size() == 6);  // whole batches
    for (const auto& sequence : fixed) {
        CHECK(sequence.first + options.sequence_hours > split.train_end);
        CHECK(sequence.first + options.sequence_hours <= split.validation_end);
    }
    CHECK(train::validation_sequences(options, data, {900, 900}).empty());
}

TEST_CASE("a region told apart has an input of its own, an anonymous sequence and a region not learnt from have none") {
    auto data = long_dataset();
    data.told_apart = {"X", "B", "Y"};
    const auto widths = train::input_widths(data), bare = train::input_widths(long_dataset());
    CHECK((widths.token == bare.token + 3 && widths.target == bare.target + 3));
    const auto inputs = [&](const train::Sequence& sequence) {
        model::Batch batch;
        train::Features(data, {}).fill(batch, std::vector{sequence}, positions, {{positions}, {1, 5, 24}, {0, hours}},
                                       team);
        return batch;
    };
    const auto told = inputs({1, first}), anonymous = inputs({1, first, true}), stranger = inputs({0, first});
    const auto identity = [](std::span<const float> of_row, std::int64_t before) {
        return std::vector<float>(of_row.begin() + before, of_row.end());
    };
    for (std::int64_t l = 0; l < std::ssize(positions); ++l)
        for (const auto& [batch, expected] : {std::pair{&told, 1.0f}, {&anonymous, 0.0f}, {&stranger, 0.0f}}) {
            CHECK(identity(row(batch->token, l, widths.token), bare.token) == std::vector{0.0f, expected, 0.0f});
            for (std::int64_t lead = 0; lead < 3; ++lead)
                CHECK(identity(row(batch->target, 3 * l + lead, widths.target), bare.target) ==
                      std::vector{0.0f, expected, 0.0f});
        }
}

TEST_CASE("what is issued a day ahead is seen from that hour of the day before on, and masked until then") {
    auto data = with_covariates();
    auto& covariate = data.covariates[0];
    covariate.known_from.assign(covariate.values.size(), 0);
    const auto axis = static_cast<std::size_t>(hours + data.known_ahead);
    const std::int64_t origin = first + 50;
    covariate.known_from[axis + static_cast<std::size_t>(origin + 5)] = origin;
    covariate.known_from[axis + static_cast<std::size_t>(origin + 24)] = origin + 1;
    const auto batch = batch_of(data);
    const auto widths = train::input_widths(data);
    const auto bare = static_cast<std::size_t>(train::input_widths(long_dataset()).target);
    const auto known = row(batch.target, 3 * 2 + 1, widths.target).subspan(bare),
               unknown = row(batch.target, 3 * 2 + 2, widths.target).subspan(bare);
    CHECK(known[2] == 1);
    CHECK((unknown[0] == 0 && unknown[1] == 0 && unknown[2] == 0));
    CHECK(unknown[5] == 1);  // a day before the target, at the origin itself
}

TEST_CASE("rows forecast every so many hours, and at the hours of the local day that are asked for") {
    auto data = test::toy_dataset(1200);
    data.time_zones[1] = "America/New_York";
    train::Options options;
    options.sequence_hours = 200, options.origin_every = 24, options.origin_hours = {0, 9};
    const std::vector<train::Sequence> sequences{{0, 300}, {1, 555}};
    const LocalClock clock("America/New_York");
    std::vector<bool> is_asked(24);
    for (std::int64_t step = 0; step < 100; ++step) {
        const auto asked = train::training_questions(options, sequences, data, 24, {900, 1100}, step);
        REQUIRE(asked.origins.size() == 2);
        const auto& origins = asked.origins[1];
        CHECK(std::ranges::adjacent_find(origins, std::greater_equal<>()) == origins.end());
        CHECK((origins.front() >= 0 && origins.back() < 200));
        std::int64_t others = 0;
        for (std::int64_t position = 0; position < 200; ++position) {
            const int local = clock.at(data.hour_at(555 + position)).hour;
            const bool is_origin = std::ranges::binary_search(origins, position);
            if (local == 0 || local == 9) CHECK(is_origin);
            if (is_origin) is_asked[static_cast<std::size_t>(local)] = true, others += local != 0 && local != 9;
        }
        CHECK(others <= 9);  // one a day
    }
    CHECK(std::ranges::count(is_asked, false) == 0);
    const auto near = train::drawn_leads(720, 48, 48, 1, 0);
    CHECK(std::ranges::count_if(near, [](std::int64_t lead) { return lead <= 48; }) == 24);
}
