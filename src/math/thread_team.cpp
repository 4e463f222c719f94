// SPDX-License-Identifier: MIT
#include "gridring/math/thread_team.hpp"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gridring/core/error.hpp"

namespace gridring::math {

using Task = std::function<void(std::int64_t, int)>;

/// What the calling thread and its helpers share. A call is one `round`: the caller posts it, everybody takes indices
/// until none is left, and the last helper to run dry tells the caller.
struct ThreadTeam::Desk {
    std::mutex mutex;
    std::condition_variable posted, finished;
    std::int64_t round = 0, count = 0;
    int busy_helpers = 0;
    bool is_stopping = false;
    const Task* task = nullptr;
    std::exception_ptr failure;  ///< the first that a task threw
    std::atomic<std::int64_t> next{0};
    std::vector<std::thread> helpers;

    ~Desk() {
        {
            const std::lock_guard lock(mutex);
            is_stopping = true;
        }
        posted.notify_all();
        for (auto& helper : helpers) helper.join();
    }
    void work(int worker) {
        try {
            for (std::int64_t index; (index = next.fetch_add(1, std::memory_order_relaxed)) < count;)
                (*task)(index, worker);
        } catch (...) {
            next.store(count, std::memory_order_relaxed);  // what is not begun is not worth it any more
            const std::lock_guard lock(mutex);
            if (!failure) failure = std::current_exception();
        }
    }
    void help(int worker) {
        for (std::int64_t seen = 0;;) {
            {
                std::unique_lock lock(mutex);
                posted.wait(lock, [&] { return is_stopping || round != seen; });
                if (is_stopping) return;
                seen = round;
            }
            work(worker);
            const std::lock_guard lock(mutex);
            if (--busy_helpers == 0) finished.notify_one();
        }
    }
};

ThreadTeam::ThreadTeam(int threads) : size_(threads) {
    expects(threads >= 1, "ThreadTeam: one thread at least");
    if (threads == 1) return;
    desk_ = std::make_unique<Desk>();
    desk_->helpers.reserve(static_cast<std::size_t>(threads - 1));
    try {
        for (int worker = 1; worker < threads; ++worker)
            desk_->helpers.emplace_back([desk = desk_.get(), worker] { desk->help(worker); });
    } catch (const std::system_error& error) {
        throw ConfigError(fmt::format("threads: expected {}, this process may start {} ({}); ask for fewer", threads,
                                      desk_->helpers.size() + 1, error.what()));
    }
}
ThreadTeam::~ThreadTeam() = default;

void ThreadTeam::run(std::int64_t count, const Task& task) {
    if (!desk_ || count <= 1) {
        for (std::int64_t index = 0; index < count; ++index) task(index, 0);
        return;
    }
    {
        const std::lock_guard lock(desk_->mutex);
        desk_->task = &task, desk_->count = count, desk_->busy_helpers = size_ - 1;
        desk_->next.store(0, std::memory_order_relaxed);
        ++desk_->round;
    }
    desk_->posted.notify_all();
    desk_->work(0);
    std::unique_lock lock(desk_->mutex);
    desk_->finished.wait(lock, [&] { return desk_->busy_helpers == 0; });
    if (desk_->failure) std::rethrow_exception(std::exchange(desk_->failure, nullptr));
}

}  // namespace gridring::math
