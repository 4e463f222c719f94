// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>

namespace test {

/// While it lives, what the process writes to standard error goes to a temporary file instead.
class CapturedStderr {
public:
    CapturedStderr() : file_(std::tmpfile()), terminal_(dup(STDERR_FILENO)) {
        std::fflush(stderr);
        dup2(fileno(file_), STDERR_FILENO);
    }
    ~CapturedStderr() {
        std::fflush(stderr);
        dup2(terminal_, STDERR_FILENO);
        close(terminal_);
        std::fclose(file_);
    }
    CapturedStderr(const CapturedStderr&) = delete;
    CapturedStderr& operator=(const CapturedStderr&) = delete;

    /// All that was written so far.
    std::string text() const {
        std::fflush(stderr);
        std::string text;
        char piece[4096];
        for (ssize_t count; (count = pread(fileno(file_), piece, sizeof piece, static_cast<off_t>(text.size()))) > 0;)
            text.append(piece, static_cast<std::size_t>(count));
        return text;
    }

private:
    std::FILE* file_;
    int terminal_;
};

}  // namespace test
