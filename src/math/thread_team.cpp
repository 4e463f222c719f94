// SPDX-License-Identifier: MIT
#include "gridring/math/thread_team.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gridring/core/error.hpp"
#include "gridring/core/trace.hpp"

namespace gridring::math {

using Task = std::function<void(std::int64_t, int)>;

namespace {

/// Rounds of a model follow each other within microseconds, and waking a thread takes as many: who waits looks so long
/// before it sleeps. Yielding leaves the core to whoever else wants it.
constexpr std::chrono::microseconds patience{100};

template <class Condition>
bool holds_soon(const Condition& condition) {
    for (const auto end = std::chrono::steady_clock::now() + patience; !condition(); std::this_thread::yield())
        if (std::chrono::steady_clock::now() > end) return false;
    return true;
}

}  // namespace

/// Indices that one worker begins with, and of which others take what it does not come to. A cache line of its own.
struct alignas(64) Portion {
    std::atomic<std::int64_t> next{0};
    std::int64_t end = 0;
};

/// What the calling thread and its helpers share. A call is one `round`: the caller posts it, everybody takes indices
/// until none is left, and the last helper to run dry tells the caller.
struct ThreadTeam::Desk {
    explicit Desk(int threads) : portions(static_cast<std::size_t>(threads)) {}
    std::mutex mutex;  ///< of whoever sleeps
    std::condition_variable posted, finished;
    std::atomic<std::int64_t> round{0};
    std::atomic<int> busy_helpers{0};
    std::atomic<bool> is_stopping{false};
    std::vector<Portion> portions;
    const Task* task = nullptr;
    std::exception_ptr failure;  ///< the first that a task threw
    std::vector<std::thread> helpers;

    ~Desk() {
        {
            const std::lock_guard lock(mutex);
            is_stopping = true;
        }
        posted.notify_all();
        for (auto& helper : helpers) helper.join();
    }
    void post(std::int64_t count, const Task& work) {
        task = &work;
        const auto size = std::ssize(portions);
        for (std::ptrdiff_t i = 0; i < size; ++i) {
            auto& portion = portions[static_cast<std::size_t>(i)];
            portion.next.store(count * i / size, std::memory_order_relaxed);
            portion.end = count * (i + 1) / size;
        }
        busy_helpers.store(static_cast<int>(helpers.size()), std::memory_order_relaxed);
        {
            const std::lock_guard lock(mutex);
            round.fetch_add(1, std::memory_order_release);
        }
        posted.notify_all();
    }
    void work(int worker) {
        const trace::Span span("threads", "share of a round");
        try {
            for (std::size_t i = 0; i < portions.size(); ++i) {
                auto& portion = portions[(static_cast<std::size_t>(worker) + i) % portions.size()];
                for (std::int64_t index; (index = portion.next.fetch_add(1, std::memory_order_relaxed)) < portion.end;)
                    (*task)(index, worker);
            }
        } catch (...) {
            for (auto& portion : portions)  // what is not begun is not worth it any more
                portion.next.store(portion.end, std::memory_order_relaxed);
            const std::lock_guard lock(mutex);
            if (!failure) failure = std::current_exception();
        }
    }
    void help(int worker) {
        trace::name_thread("helper");
        for (std::int64_t seen = 0;; ++seen) {
            const auto is_called = [&] { return is_stopping || round.load(std::memory_order_acquire) != seen; };
            if (!holds_soon(is_called)) {
                std::unique_lock lock(mutex);
                posted.wait(lock, is_called);
            }
            if (is_stopping) return;
            work(worker);
            if (busy_helpers.fetch_sub(1, std::memory_order_acq_rel) > 1) continue;
            const std::lock_guard lock(mutex);  // the caller is either before its look or asleep
            finished.notify_one();
        }
    }
    void await_helpers() {
        const auto is_done = [&] { return busy_helpers.load(std::memory_order_acquire) == 0; };
        if (holds_soon(is_done)) return;
        std::unique_lock lock(mutex);
        finished.wait(lock, is_done);
    }
};

ThreadTeam::ThreadTeam(int threads) : size_(threads) {
    expects(threads >= 1, "ThreadTeam: one thread at least");
    if (threads == 1) return;
    desk_ = std::make_unique<Desk>(threads);
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
    desk_->post(count, task);
    desk_->work(0);
    desk_->await_helpers();
    if (desk_->failure) std::rethrow_exception(std::exchange(desk_->failure, nullptr));
}

}  // namespace gridring::math
