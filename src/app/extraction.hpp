// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <stop_token>

#include "app/settings.hpp"
#include "gridring/comm/communicator.hpp"

namespace gridring::app {

struct ExtractionMode {
    bool is_fresh = false;    ///< whatever the folder holds
    bool plans_only = false;  ///< print the plan, fetch nothing
    bool updates = false;     ///< the latest days again, for their revisions
    bool follows = false;     ///< an update every hour, until SIGTERM or Ctrl-C
};

/// Starts the emulator where the settings ask for it and extracts; a complete series.h5 of the same request is used as
/// it is, and one that a checkpoint was trained on is not replaced unless `is_fresh`. Throws StoppedError where a
/// signal asked it to stop and hours are left; true where one did, and all is there.
bool extract_alone(Settings settings, const ExtractionMode& mode);

/// A trained folder keeps the series that it was trained on; and one that no extraction left here is not to be lost.
/// Throws ConfigError for such, which tells of --fresh where `can_begin_anew`.
void refuse_other_series(const Settings& settings, bool can_begin_anew = true);

/// Extraction that goes on hour by hour, on one rank.
class Follower {
public:
    /// Starts the emulator where the settings ask for it. Throws ConfigError. `prints`: a table of the first
    /// update, a line of the others.
    Follower(Settings settings, std::stop_token stop, bool prints);
    ~Follower();

    /// Brings series.h5 up to the latest hour there is. False where it was stopped, or a trouble that may pass kept it
    /// from it, which is told; throws as extract::run does for others.
    bool update();
    /// Until the next update is due; false when the stop came first.
    bool sleep() const;

private:
    struct Implementation;
    std::unique_ptr<Implementation> self_;
};

/// extract_alone, collective: rank 0 works, the others sleep. A signal to any rank counts, one to rank 0 at once.
bool extract_stage(const comm::Communicator& world, Settings settings, ExtractionMode mode);

}  // namespace gridring::app
