// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <variant>

#include "gridring/source/caiso.hpp"

namespace gridring::source {

/// What it means that a reply of OASIS is no 200.
Trouble oasis_trouble(const net::Reply& reply);
/// A 200 that is not what OASIS sends.
Trouble garbled_oasis(const net::Reply& reply, std::string_view problem);
/// The errors of an INVALID_REQUEST.xml: an empty page that says why, or trouble.
Reading<OasisPage> read_oasis_errors(const net::Reply& reply, std::string_view xml);

}  // namespace gridring::source
