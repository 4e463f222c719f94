// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <optional>
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

/// Rank 0 writes parameters, the optimiser's state of all ranks and the losses after report.steps_done steps; `older`
/// checkpoints stay beside it (train/checkpoint_files.hpp). Collective: fails on all ranks or none.
void save(const comm::Communicator& world, const std::filesystem::path& path, std::int64_t older,
          const model::EnergyTransformer& model, const AdamW& optimizer, const Report& report,
          const std::map<std::string, std::string>& attributes);

/// Rank 0 reads, all ranks get everything that save() wrote, of the optimiser's state their share. Where the newest
/// checkpoint is damaged, it is set aside with a warning and the one before is taken. Returns the steps done; empty
/// where there is none. Throws StoreError where none is whole, ConfigError when an attribute of `expected` differs,
/// both on every rank. Overwrites the gradients. Collective.
std::optional<std::int64_t> restore(const comm::Communicator& world, const std::filesystem::path& path,
                                    model::EnergyTransformer& model, AdamW& optimizer, Report& report,
                                    const std::map<std::string, std::string>& expected);

/// Rank 0 writes the parameters and the losses so far to best_beside(checkpoint). Collective, as save().
void save_best(const comm::Communicator& world, const std::filesystem::path& checkpoint,
               const model::EnergyTransformer& model, const Report& report,
               const std::map<std::string, std::string>& attributes);
/// Gives all ranks what save_best() wrote. False, with a warning, where there is no such file or it is of another
/// training than `expected` says. Collective.
bool load_best(const comm::Communicator& world, const std::filesystem::path& checkpoint,
               model::EnergyTransformer& model, const std::map<std::string, std::string>& expected);
/// A training that begins anew has no best yet. Collective.
void remove_best(const comm::Communicator& world, const std::filesystem::path& checkpoint);

}  // namespace gridring::train
