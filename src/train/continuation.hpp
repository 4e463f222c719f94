// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "gridring/comm/communicator.hpp"
#include "gridring/model/energy_transformer.hpp"
#include "gridring/train/optimizer.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::train {

/// What must be equal for a checkpoint to be continued exactly, as checkpoint attributes: the model, the training, the
/// data. How the sequence lies over ranks is not part of it.
std::map<std::string, std::string> identity(const model::EnergyTransformer& model, const Options& options,
                                            const Split& split, const std::string& data_fingerprint);

/// Rank 0 writes parameters, optimiser and losses after `steps_done` steps. Collective: fails on all ranks or none.
void save(const comm::Communicator& world, const std::filesystem::path& path, const model::EnergyTransformer& model,
          const AdamW& optimizer, const Report& report, std::int64_t steps_done,
          const std::map<std::string, std::string>& attributes);

/// Rank 0 reads, all ranks get everything that save() wrote. Returns the steps done. Throws ConfigError, on every rank,
/// when an attribute of `expected` differs. Collective.
std::int64_t restore(const comm::Communicator& world, const std::filesystem::path& path,
                     model::EnergyTransformer& model, AdamW& optimizer, Report& report,
                     const std::map<std::string, std::string>& expected);

}  // namespace gridring::train
