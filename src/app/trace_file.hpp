// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "gridring/comm/communicator.hpp"

namespace gridring::app {

/// Records what the threads of every rank do, from construction until write(): for --trace.
class TraceFile {
public:
    /// `world` is nullptr for a program without MPI. Throws StoreError where `path` cannot be written. Collective.
    TraceFile(std::filesystem::path path, const comm::Communicator* world);
    /// In the Trace Event Format of Chrome, which Perfetto opens: a process a rank, a row a thread, all on the clock of
    /// rank 0, from when it began to record. Throws StoreError. Collective over `world`.
    void write(const std::string& command) const;

private:
    std::filesystem::path path_;
    const comm::Communicator* world_;
    std::int64_t began_;  // [ns] of the steady clock
};

}  // namespace gridring::app
