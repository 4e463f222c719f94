// SPDX-License-Identifier: MIT
#include "train/progress_line.hpp"

#include <fmt/format.h>

namespace gridring::train {

std::string describe_progress(const Report& report, std::int64_t steps) {
    const auto text = fmt::format("step {} of {}, loss {:.4f}", report.steps_done, steps, report.training_loss.back());
    const auto best = report.best();
    if (!best) return text;
    const auto at = [&](std::size_t i) {
        return fmt::format("{:.4f} at {:.0f}", report.validation_loss[i], report.validation_step[i]);
    };
    const std::size_t last = report.validation_loss.size() - 1;
    return fmt::format("{}, validation {}{}", text, at(last), *best == last ? ", the best" : ", best " + at(*best));
}

}  // namespace gridring::train
