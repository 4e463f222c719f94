// SPDX-License-Identifier: MIT
#pragma once

#include "gridring/store/series_file.hpp"
#include "store/hdf5_reader.hpp"

/// What the writer and the reader of series.h5 agree on; see docs/data_format.md.
namespace gridring::store::series_format {

constexpr const char *name = "series", *time_units = "hours since 1970-01-01 00:00:00", *flag_suffix = "_flag",
                     *clean_suffix = "_clean", *short_time_units = "hours since 1970-01-01";  // as xarray writes it
constexpr std::int64_t version = 2;
constexpr Versions readable{1, version};  // version 1 had flags of 8 bits and always _clean; their first bits are ours

/// region x time.
inline Shape shape_of(const Series& series) { return {static_cast<std::int64_t>(series.regions.size()), series.hours}; }

}  // namespace gridring::store::series_format
