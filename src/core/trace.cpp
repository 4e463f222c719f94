// SPDX-License-Identifier: MIT
#include "gridring/core/trace.hpp"

#include <chrono>
#include <memory>
#include <mutex>

namespace gridring::trace {
namespace {

/// Of one thread, which alone writes, until stop() takes it.
struct Buffer {
    std::mutex mutex;
    std::vector<Event> events;
    const char* name = "thread";
};

struct Recorder {
    std::mutex mutex;
    std::vector<std::shared_ptr<Buffer>> buffers;  // of all threads, those that have ended as well
    std::atomic<std::size_t> left{0};
    std::atomic<std::int64_t> left_out{0};
};

Recorder& recorder() {
    static auto* const one = new Recorder;  // never destroyed: threads may record to the very end
    return *one;
}

Buffer& buffer() {
    thread_local const std::shared_ptr<Buffer> mine = [] {
        auto made = std::make_shared<Buffer>();
        const std::lock_guard lock(recorder().mutex);
        recorder().buffers.push_back(made);
        return made;
    }();
    return *mine;
}

bool take_place() {
    auto& left = recorder().left;
    for (std::size_t now = left; now > 0;)
        if (left.compare_exchange_weak(now, now - 1)) return true;
    ++recorder().left_out;
    return false;
}

}  // namespace

namespace internal {

std::atomic<bool> is_on{false};

void record(const Event& event) {
    if (!is_on.load(std::memory_order_relaxed) || !take_place()) return;
    Buffer& mine = buffer();
    const std::lock_guard lock(mine.mutex);
    mine.events.push_back(event);
}

}  // namespace internal

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void start(std::size_t most_events) {
    recorder().left = most_events;
    recorder().left_out = 0;
    internal::is_on = true;
}

Recording stop() {
    internal::is_on = false;
    Recording recording;
    const std::lock_guard lock(recorder().mutex);
    for (const auto& buffer : recorder().buffers) {
        const std::lock_guard held(buffer->mutex);
        if (buffer->events.empty()) continue;
        for (Event& event : buffer->events) event.thread = static_cast<int>(recording.threads.size());
        recording.events.insert(recording.events.end(), buffer->events.begin(), buffer->events.end());
        recording.threads.emplace_back(buffer->name);
        buffer->events.clear();
    }
    recording.left_out = recorder().left_out;
    return recording;
}

void name_thread(const char* name) {
    Buffer& mine = buffer();
    const std::lock_guard lock(mine.mutex);
    mine.name = name;
}

}  // namespace gridring::trace
