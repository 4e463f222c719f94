// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace gridring::app {

/// A host that ranks may run on.
struct Host {
    std::string name;
    int slots = 1;
};

/// Throws ConfigError unless `text` is "a:4,b:4" or "a,b".
std::vector<Host> parse_hosts(const std::string& text);

int slots_of(const std::vector<Host>& hosts);

struct LaunchPlan {
    std::vector<std::string> program;  ///< what mpirun starts, with its arguments
    int ranks = 1;
    std::vector<Host> hosts;  ///< empty = this one, or what a batch system gives
    bool is_elastic = false;
    int restarts = 10;
    std::chrono::duration<double> backoff{1}, longest_backoff{60};
    /// After which ranks count as lost: between two steps, and from a start to the end of its first step; 0 = never.
    std::chrono::duration<double> stall{0}, first_step{0};
    std::vector<std::string> mpirun;  ///< further arguments of it
    std::filesystem::path status;     ///< of the training; empty where the program is none
    std::int64_t until = 0;           ///< the step behind which it stops by itself; 0 = none
};

/// What an exit code of mpirun means for whoever may start it again.
enum class Ending {
    done,
    stopped,  ///< as asked, with a checkpoint
    refused,  ///< configuration, data, numbers: the next start would end alike
    lost,     ///< a rank, a host or the connection between them
};
Ending ending_of(int exit_code);

/// Runs the program by mpirun until it is done, and again after ranks or hosts were lost, `restarts` times at most.
/// After a failure it waits `backoff`, twice as long after each further one without a new checkpoint in between.
/// Elastic, the next start does with the ranks that are left: those of the hosts that answer, or else one fewer for
/// each failure since the last new checkpoint; not elastic, it waits, without end, until all hosts answer. SIGTERM,
/// SIGINT or SIGUSR1 make ranks stop with a checkpoint; ended by force, this program takes mpirun and its ranks along.
/// Throws the Error that the command is to end with, StoppedError where it was asked to stop.
void supervise(const LaunchPlan& plan);

}  // namespace gridring::app
