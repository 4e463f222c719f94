// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace gridring::math {

/// A fixed team of threads, the calling one among them, that lives as long as this object: starting threads costs more
/// than a small hop. Between two calls helpers look for the next one for a tenth of a millisecond, yielding their core,
/// and then sleep. One caller at a time.
class ThreadTeam {
public:
    /// Throws ConfigError where the system does not let this process start so many.
    explicit ThreadTeam(int threads = 1);
    ~ThreadTeam();
    ThreadTeam(const ThreadTeam&) = delete;
    ThreadTeam& operator=(const ThreadTeam&) = delete;

    int size() const { return size_; }
    /// Calls task(index, worker) once for every index in [0, count); worker is in [0, size()), and two calls at the
    /// same time have different ones. Each worker begins with an equal run of neighbours, in order, the same run in
    /// every call of that count (what it wrote before is in its cache), and then helps others. Returns when all are
    /// done. Where a task throws, no further one begins and one of the exceptions reaches the caller. A task must not
    /// call run().
    void run(std::int64_t count, const std::function<void(std::int64_t index, int worker)>& task);

private:
    struct Desk;
    int size_;
    std::unique_ptr<Desk> desk_;  ///< nullptr for a team of one
};

}  // namespace gridring::math
