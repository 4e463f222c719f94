// SPDX-License-Identifier: MIT
#include "gridring/train/features.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/toy_dataset.hpp"
#include "train/sequences.hpp"

using namespace gridring;

namespace {

constexpr std::int64_t horizon = 24;

std::span<const float> row(const std::vector<float>& values, std::int64_t index, std::int64_t width) {
    return std::span(values).subspan(static_cast<std::size_t>(index * width), static_cast<std::size_t>(width));
}

}  // namespace

TEST_CASE("a row knows nothing of the hours after it") {
    auto data = test::toy_dataset(1200);
    const auto scaler = test::toy_scaler(data);
    const std::vector<std::int64_t> positions{0, 1, 2, 50, 51, 52};
    const std::vector<train::Sequence> sequences{{1, 800}};
    const auto before = train::make_batch(data, scaler, sequences, positions, horizon, data.hours);
    constexpr std::int64_t changed = 851;  // position 51
    for (std::int64_t t = changed; t < data.hours; ++t) {
        const auto i = static_cast<std::size_t>(data.hours + t);
        data.filled_mw[i] += 500, data.actual_mw[i] += 500, data.is_valid[i] ^= 1;
    }
    const auto after = train::make_batch(data, scaler, sequences, positions, horizon, data.hours);
    const auto widths = train::input_widths(data);
    for (std::int64_t l = 0; l < 6; ++l) {
        const bool is_earlier = l < 4;
        INFO("row ", l);
        CHECK(std::ranges::equal(row(before.token, l, widths.token), row(after.token, l, widths.token)) == is_earlier);
        CHECK(std::ranges::equal(row(before.baseline, l, horizon), row(after.baseline, l, horizon)) == is_earlier);
        bool is_same = true;
        for (std::int64_t h = 0; h < horizon; ++h) {
            const std::int64_t u = before.first_target[static_cast<std::size_t>(l)] + h;
            is_same = is_same &&
                      std::ranges::equal(row(before.target, u, widths.target), row(after.target, u, widths.target));
        }
        CHECK(is_same == is_earlier);
    }
}

TEST_CASE("every row finds its own target hours, and an hour is held once") {
    const auto data = test::toy_dataset(1200);
    const std::vector<std::int64_t> positions{3, 4, 10, 60, 61};
    const std::vector<train::Sequence> sequences{{0, 700}, {1, 701}};
    const auto batch = train::make_batch(data, test::toy_scaler(data), sequences, positions, horizon, data.hours);
    CHECK(batch.hours == 31 + 25);  // 4 … 34 and 61 … 85
    const auto widths = train::input_widths(data);
    CHECK(batch.token.size() == static_cast<std::size_t>(2 * 5 * widths.token));
    CHECK(batch.target.size() == static_cast<std::size_t>(2 * batch.hours * widths.target));
    for (std::int64_t s = 0; s < 2; ++s)
        for (std::int64_t l = 0; l < 5; ++l)
            for (std::int64_t h = 0; h < horizon; ++h) {
                const std::int64_t hour =
                    sequences[static_cast<std::size_t>(s)].first + positions[static_cast<std::size_t>(l)] + 1 + h;
                const auto target = row(
                    batch.target, s * batch.hours + batch.first_target[static_cast<std::size_t>(l)] + h, widths.target);
                const auto i = static_cast<std::size_t>((s * 5 + l) * horizon + h);
                const double day_before = (static_cast<double>(data.filled(s, hour - 24)) - 1000) / 120;
                CHECK(target[0] == doctest::Approx(day_before));
                CHECK(std::ranges::equal(target.last(4), data.calendar_of(s, hour)));
                CHECK(batch.weight[i] == (data.valid(s, hour) ? 1.0f : 0.0f));
                if (data.valid(s, hour))
                    CHECK(batch.actual[i] == doctest::Approx((data.mw(s, hour) - 1000) / 120).epsilon(1e-4));
            }
}

TEST_CASE("targets outside the span weigh nothing, and the last rows may reach past the data") {
    const auto data = test::toy_dataset(1200);
    const train::Features features(data, test::toy_scaler(data), horizon);
    const std::vector<std::int64_t> positions{97, 98, 99};
    const std::vector<train::Sequence> sequences{{0, 1100}};
    model::Batch batch;
    features.fill(batch, sequences, positions, {1199, 1210});
    for (std::int64_t l = 0; l < 3; ++l)
        for (std::int64_t h = 0; h < horizon; ++h) {
            const std::int64_t hour = 1100 + positions[static_cast<std::size_t>(l)] + 1 + h;
            CHECK(batch.weight[static_cast<std::size_t>(l * horizon + h)] ==
                  (hour == 1199 && data.valid(0, 1199) ? 1.0f : 0.0f));
        }
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
    for (std::int64_t step = 0; step < 200; ++step)
        for (const auto& sequence : train::training_sequences(options, data, split, step)) {
            CHECK(sequence.first >= 0);
            CHECK(sequence.first + options.sequence_hours <= split.train_end);
            is_other = is_other || sequence.first != again[0].first;
        }
    CHECK(is_other);
    CHECK(train::training_sequences(options, data, split, 7)[2].first == again[2].first);
    const auto fixed = train::validation_sequences(options, data, split);
    CHECK(fixed.size() == 6);  // whole batches
    for (const auto& sequence : fixed) {
        CHECK(sequence.first + options.sequence_hours > split.train_end);
        CHECK(sequence.first + options.sequence_hours <= split.validation_end);
    }
    CHECK(train::validation_sequences(options, data, {900, 900}).empty());
}
