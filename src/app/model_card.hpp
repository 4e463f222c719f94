// SPDX-License-Identifier: MIT
#pragma once

#include "app/settings.hpp"

namespace gridring::app {

/// <run.folder>/model_card.md, after Mitchell et al. 2019: what the model is, what it has learnt from, how it was made,
/// how good it is where it was scored, what it is not for. Told from run.json, training.json and, if `is_scored`,
/// scores.json of the folder; replaces the card of before. Not collective.
void write_model_card(const Settings& settings, bool is_scored);

}  // namespace gridring::app
