// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace gridring::source {

/// "PACW" of PACW.csv and PACW.csv.gz; empty for any other name.
std::string respondent_of_file(std::string name);

}  // namespace gridring::source
