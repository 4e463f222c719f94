// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What the threads of this process do when, for those who ask for it (gridring --trace). Any layer may write to it.
namespace gridring::trace {

/// One thread did one thing. Times in nanoseconds of the steady clock.
struct Event {
    const char* category;
    const char* name;
    std::int64_t number;  ///< of the hop, layer or step, or bytes, as the name says; -1 = none
    std::int64_t begin, end;
    int thread;
};

struct Recording {
    std::vector<Event> events;         ///< by thread, in the order in which they ended
    std::vector<std::string> threads;  ///< their names
    std::int64_t left_out = 0;         ///< behind the most that were asked for
};

/// From now on spans are recorded, `most_events` of them.
void start(std::size_t most_events);
/// Records no more and returns what there is. Spans that have not ended are not in it.
Recording stop();

/// Of the calling thread; others are called "thread".
void name_thread(const char* name);

/// Nanoseconds of the steady clock.
std::int64_t now();

namespace internal {
extern std::atomic<bool> is_on;
void record(const Event& event);
}  // namespace internal

/// The time while it lives. Costs one load where nobody records. Names must live for ever: literals.
class Span {
public:
    explicit Span(const char* category, const char* name, std::int64_t number = -1)
        : category_(category), name_(name), number_(number) {
        if (internal::is_on.load(std::memory_order_relaxed)) begin_ = now();
    }
    ~Span() {
        if (begin_ != 0) internal::record({category_, name_, number_, begin_, now(), 0});
    }
    Span(const Span&) = delete;
    Span& operator=(const Span&) = delete;

private:
    const char* category_;
    const char* name_;
    std::int64_t number_, begin_ = 0;
};

}  // namespace gridring::trace
