// SPDX-License-Identifier: MIT
#include "gridring/math/thread_team.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
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
    std::atomic<std::int64_t> next{0};
    std::vector<std::thread> helpers;

    void work(int worker) {
        for (std::int64_t index; (index = next.fetch_add(1, std::memory_order_relaxed)) < count;)
            (*task)(index, worker);
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
    for (int worker = 1; worker < threads; ++worker)
        desk_->helpers.emplace_back([desk = desk_.get(), worker] { desk->help(worker); });
}

ThreadTeam::~ThreadTeam() {
    if (!desk_) return;
    {
        const std::lock_guard lock(desk_->mutex);
        desk_->is_stopping = true;
    }
    desk_->posted.notify_all();
    for (auto& helper : desk_->helpers) helper.join();
}

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
}

}  // namespace gridring::math
