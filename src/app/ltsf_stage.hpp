// SPDX-License-Identifier: MIT
#pragma once

#include "app/stages.hpp"

namespace gridring::app {

/// The protocol of the papers on long-horizon forecasts (ETT, Electricity): every hour of the held-back tail is an
/// origin, no window is dropped, squares and absolutes of errors in standard deviations of the training hours, averaged
/// over windows, hours and regions. Prints the table for 96, 192, 336 and 720 h, as far as the model forecasts, beside
/// what the network corrects and naive forecasts; writes ltsf.json. Collective.
void ltsf_stage(const comm::Communicator& world, const Settings& settings, const Prepared& prepared,
                model::EnergyTransformer& model);

}  // namespace gridring::app
