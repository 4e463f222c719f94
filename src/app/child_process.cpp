// SPDX-License-Identifier: MIT
#include "app/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <sstream>
#include <thread>

#include "gridring/core/error.hpp"

extern char** environ;

namespace gridring::app {
namespace {

constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds look_again{20};
constexpr int unknown_end = 255;
constexpr const char* binding = "OMPI_MCA_hwloc_base_binding_policy";

/// Its output, its process group, and signals as they are by default.
class SpawnSetup {
public:
    explicit SpawnSetup(const std::filesystem::path& log) {
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (!log.empty()) {
            posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
            posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
        }
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        posix_spawnattr_setpgroup(&attributes, 0);
    }
    ~SpawnSetup() {
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnSetup(const SpawnSetup&) = delete;
    SpawnSetup& operator=(const SpawnSetup&) = delete;

    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
};

/// This one's. Open MPI binds the ranks of every mpirun to the same first cores unless it is told otherwise.
std::vector<std::string> environment() {
    std::vector<std::string> variables;
    for (char** variable = environ; *variable; ++variable) variables.emplace_back(*variable);
    if (!std::getenv(binding)) variables.push_back(fmt::format("{}=none", binding));
    return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (std::string& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

}  // namespace

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

ChildProcess::ChildProcess(const std::vector<std::string>& command, const std::filesystem::path& log) {
    ::signal(SIGCHLD, SIG_DFL);  // where a parent ignores it, ends are not told
    auto words = command;
    auto variables = environment();
    const SpawnSetup setup(log);
    const int error = ::posix_spawnp(&pid_, words.front().c_str(), &setup.files, &setup.attributes,
                                     pointers(words).data(), pointers(variables).data());
    if (error != 0)
        throw ConfigError(fmt::format("cannot start '{}': {}{}", command.front(), std::strerror(error),
                                      command.front() == "mpirun" ? ". Mend: install Open MPI, or --ranks 1" : ""));
}

ChildProcess::~ChildProcess() { end(); }

std::optional<int> ChildProcess::exit_code() {
    if (exit_code_) return exit_code_;
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended < 0 && errno == ECHILD) return exit_code_ = unknown_end;  // somebody else took its end
    if (ended != pid_) return exit_code_;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return exit_code_;
}

void ChildProcess::signal(int number) {
    if (!exit_code()) ::kill(pid_, number);
}

void ChildProcess::kill() {
    if (!exit_code()) ::kill(-pid_, SIGKILL);
}

void ChildProcess::end() {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    if (!exit_code()) ::kill(-pid_, SIGTERM);
    while (!exit_code()) {
        if (std::chrono::steady_clock::now() > deadline) ::kill(-pid_, SIGKILL);
        std::this_thread::sleep_for(look_again);
    }
}

}  // namespace gridring::app
