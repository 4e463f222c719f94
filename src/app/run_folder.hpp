// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/encryption.hpp"
#include "app/settings.hpp"
#include "gridring/comm/communicator.hpp"
#include "gridring/core/folder_lock.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::app {

/// config.yaml and run.json: what was run, by which program, where, when. Rank 0 decides and writes, and keeps other
/// trainings off the folder; all calls are collective. In a folder with a checkpoint both are left alone until training
/// proves that this configuration may go on from it.
class RunRecord {
public:
    /// Makes the folder and waits until it has it for itself; the other ranks sleep meanwhile.
    RunRecord(const comm::Communicator& world, const Settings& settings, bool is_fresh);
    void begin();
    /// `has_trained` is false where the checkpoint was complete: run.json then still tells of the run that made it.
    void training_done(bool has_trained);
    void finish();

private:
    void write_header() const;

    const comm::Communicator& world_;
    const Settings& settings_;
    std::string started_at_;
    std::optional<FolderLock> lock_;  ///< of rank 0
    bool goes_on_ = false, owns_header_ = true;
};

/// training.json; figures of training steps are null where none was taken. `peak_bytes`: the most memory that each rank
/// held so far; `source`: where the series came from.
void write_training(const Settings& settings, const train::Report& report, const series::Dataset& data,
                    const train::Split& split, std::int64_t parameters, const std::vector<std::int64_t>& peak_bytes,
                    const std::string& source);

/// config.yaml of a run folder, as rank 0 sees it, its encryption key in use. Throws StoreError when the folder is
/// none. Collective.
Settings settings_of_run(const comm::Communicator& world, const std::filesystem::path& folder,
                         KeyUse use = KeyUse::all);

}  // namespace gridring::app
