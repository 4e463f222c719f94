// SPDX-License-Identifier: MIT
#include "store/score_writer.hpp"

#include <limits>

namespace gridring::store {

void write_score(Writer& file, const Score& score, const Shape& shape) {
    std::vector<std::string> scales;
    for (const std::string& axis : score.axes) scales.push_back("/" + axis);
    const std::string name = "/" + score.name;
    file.dataset(name, shape, score.values, Packing::deflate);
    file.label(name, scales);
    file.attribute(name, "_FillValue", std::numeric_limits<double>::quiet_NaN());
    file.attributes(name, {{"units", score.units}, {"long_name", score.long_name}});
}

void write_score_axis(Writer& file, const ScoreAxis& axis) {
    file.texts("/" + axis.name, axis.labels);
    file.make_scale("/" + axis.name);
    file.attribute("/" + axis.name, "long_name", axis.long_name);
}

}  // namespace gridring::store
