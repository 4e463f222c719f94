// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "coverage.hpp"
#include "fetcher.hpp"
#include "window_queue.hpp"

namespace gridring::extract {

/// What is to be fetched, found out by asking the API as little as possible.
class Preparation {
public:
    /// Makes the calls. Throws DataError for a region that EIA does not know.
    Preparation(const Options& options, const Coverage& coverage, Fetcher& fetcher);

    const std::vector<Stretch>& stretches() const { return stretches_; }
    Plan plan(const Fetcher& fetcher) const;

private:
    std::vector<std::string> regions_of(const source::Route& route, Fetcher& fetcher) const;
    std::vector<Stretch> stretches_of(const source::Window& missing, Fetcher& fetcher);

    const Options& options_;
    std::vector<Stretch> stretches_;
    double seconds_a_call_ = 0;
};

}  // namespace gridring::extract
