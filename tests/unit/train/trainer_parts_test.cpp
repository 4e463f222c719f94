// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>

#include "gridring/core/error.hpp"
#include "gridring/train/trainer.hpp"
#include "train/process_grid.hpp"
#include "train/progress_line.hpp"

using namespace gridring;

TEST_CASE("data_ranks divides ranks and batch; 0 takes the most; what fits is named") {
    CHECK(train::resolve_data_ranks(1, 4, 3) == 1);
    CHECK(train::resolve_data_ranks(2, 4, 6) == 2);
    CHECK(train::resolve_data_ranks(0, 4, 6) == 2);
    CHECK(train::resolve_data_ranks(0, 4, 8) == 4);
    CHECK(train::resolve_data_ranks(0, 3, 4) == 1);
    CHECK_THROWS_WITH_AS(train::resolve_data_ranks(3, 4, 12), doctest::Contains("one of 1, 2, 4,"), ConfigError);
    CHECK_THROWS_WITH_AS(train::resolve_data_ranks(4, 4, 6), doctest::Contains("one of 1, 2,"), ConfigError);
    CHECK_THROWS_AS(train::resolve_data_ranks(-1, 4, 4), ConfigError);
}

TEST_CASE("the best validation is the first of the lowest, and never NaN") {
    train::Report report;
    CHECK(!report.best());
    report.validation_loss = {std::nan("")};
    CHECK(!report.best());
    report.validation_loss = {std::nan(""), 3, 2, 2, 5};
    CHECK(report.best() == 2);
}

TEST_CASE("the progress line tells the last validation and whether it is the best so far") {
    train::Report report;
    report.steps_done = 120, report.training_loss = {0.5, 0.25};
    CHECK(train::describe_progress(report, 400) == "step 120 of 400, loss 0.2500");
    report.validation_step = {50, 100}, report.validation_loss = {0.5, 0.375};
    CHECK(train::describe_progress(report, 400) == "step 120 of 400, loss 0.2500, validation 0.3750 at 100, the best");
    report.validation_loss = {0.25, 0.375};
    CHECK(train::describe_progress(report, 400) ==
          "step 120 of 400, loss 0.2500, validation 0.3750 at 100, best 0.2500 at 50");
}
