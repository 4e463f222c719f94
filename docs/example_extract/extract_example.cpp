// SPDX-License-Identifier: MIT
// extract_example [BASE_URL]: a year of hourly demand of one region, as a vector and as a file that xarray opens.
// BASE_URL is EIA's own server unless given, such as that of `gridring emulate`. The key comes from EIA_API_KEY.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include "gridring/extract/extract.hpp"
#include "gridring/store/series_file.hpp"

using namespace gridring;

int main(int argc, char** argv) try {
    extract::Options options;
    if (argc > 1) options.base_url = argv[1];
    options.regions = {"PACW"};
    options.types = {"D"};
    options.from = require_hour("2024-01-01T01", "from");  // hours are named by their end, in UTC
    options.to = require_hour("2025-01-01T00", "to");

    const char* key = std::getenv("EIA_API_KEY");
    const store::Series series = extract::fetch(options, key ? key : "");
    const std::vector<double>& demand_mw = series.variable("demand").values;  // NaN where EIA has no value
    store::write_series("demand.h5", series);

    double sum = 0;
    int known = 0;
    for (const double mw : demand_mw)
        if (!std::isnan(mw)) sum += mw, ++known;
    std::printf("%zu hours, %d of them known, mean demand %.1f MW\n", demand_mw.size(), known, sum / known);
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
