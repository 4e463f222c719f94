// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace gridring {

/// What the process returns; documented in the README and checked by the tests.
enum class ExitCode : int {
    done = 0,
    usage = 2,
    data = 3,
    network = 4,
    communication = 5,
    numeric = 6,
    bug = 7,
    stopped = 85,  ///< as asked, with a checkpoint: the same command goes on. Slurm's RequeueExit of docs/operations.md
};

/// Base of everything gridring throws on purpose. The message says what was expected, what was found, where, and how to
/// mend it. Only `app` catches, prints and exits.
class Error : public std::runtime_error {
public:
    Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
    ExitCode exit_code() const { return code_; }

private:
    ExitCode code_;
};

/// The command line or the configuration is wrong.
struct ConfigError : Error {
    explicit ConfigError(const std::string& message) : Error(ExitCode::usage, message) {}
};
/// The data are wrong: rows, spans, regions, shapes.
struct DataError : Error {
    explicit DataError(const std::string& message) : Error(ExitCode::data, message) {}
};
/// A file cannot be read or written. `path` is part of the message as well.
struct StoreError : Error {
    StoreError(std::string where, const std::string& message)
        : Error(ExitCode::data, where + ": " + message), path(std::move(where)) {}
    std::string path;
};
/// The server could not be reached or refused. `status` is the HTTP status, 0 where no reply came.
/// The message names the host, never the query: it may hold the key.
struct HttpError : Error {
    HttpError(int http_status, const std::string& message) : Error(ExitCode::network, message), status(http_status) {}
    int status;
};
/// MPI failed or ranks disagree.
struct CommError : Error {
    explicit CommError(const std::string& message) : Error(ExitCode::communication, message) {}
};
/// A loss, a gradient or an output is not finite.
struct NumericError : Error {
    explicit NumericError(const std::string& message) : Error(ExitCode::numeric, message) {}
};
/// Somebody asked it to stop, and nothing is lost.
struct StoppedError : Error {
    explicit StoppedError(const std::string& message) : Error(ExitCode::stopped, message) {}
};
/// A precondition inside gridring does not hold.
struct BugError : Error {
    explicit BugError(const std::string& message) : Error(ExitCode::bug, message) {}
};

/// Throws BugError unless `condition` holds. Always on; use `assert` only in inner loops.
inline void expects(bool condition, std::string_view message) {
    if (!condition) throw BugError("broken precondition: " + std::string(message));
}

}  // namespace gridring
