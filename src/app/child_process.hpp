// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gridring::app {

/// Options as people type them in one word: "--bind-to core" are two.
std::vector<std::string> words_of(const std::string& text);

/// A program that runs beside this one, in a process group of its own so that Ctrl-C on the terminal reaches this one
/// alone; its input is empty, its output goes behind what `log` holds, or where this one's goes. Files that are open
/// here without O_CLOEXEC are open there.
class ChildProcess {
public:
    /// `command`: the program, looked for in PATH, and its arguments. Throws ConfigError where it cannot be started.
    explicit ChildProcess(const std::vector<std::string>& command, const std::filesystem::path& log = {});
    /// Ends it where it still runs.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Its exit code once it has ended, 128 + n where signal n ended it.
    std::optional<int> exit_code();
    void signal(int number);  ///< to the program alone
    void kill();              ///< SIGKILL to its process group
    /// SIGTERM to its process group, after ten seconds SIGKILL; waits until it has ended.
    void end();

private:
    pid_t pid_ = -1;
    std::optional<int> exit_code_;
};

}  // namespace gridring::app
