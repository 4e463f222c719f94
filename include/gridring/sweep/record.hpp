// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gridring::sweep {

enum class State { running, done, failed, stopped, dropped };

/// member.json: how far a member is. What the two fingerprints are of is what it was trained and scored with.
struct Record {
    State state = State::running;
    std::string training, judging;  ///< fingerprints
    bool is_trained = false;        ///< what is left, if anything, is to score it
    double training_seconds = 0;    ///< of its trainings so far, resumed ones added up
    int exit_code = 0;              ///< of the program that failed; 128 + n where signal n ended it
    std::string reason;             ///< why it failed, in a line
    std::vector<std::string> log_tail;
    std::string finished_at, git_commit;
};

/// Empty where there is none, or none that can be read: the member then starts from nothing.
std::optional<Record> read_record(const std::filesystem::path& member_folder);
/// Atomic. Throws StoreError.
void write_record(const std::filesystem::path& member_folder, const Record& record);

/// What is to be done for a member whose settings have these fingerprints now.
enum class Work {
    nothing,
    resume,  ///< train on from its checkpoint, where there is one, and score
    fresh,   ///< its checkpoint is of other settings, or of unknown ones
};
Work work_left(const std::optional<Record>& record, const std::string& training, const std::string& judging);

}  // namespace gridring::sweep
