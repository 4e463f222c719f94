// SPDX-License-Identifier: MIT
#include "gridring/core/trace.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>
#include <thread>

using namespace gridring;

TEST_CASE("spans are recorded by thread while somebody asks for them, as many as were asked for") {
    { const trace::Span before("test", "before"); }
    trace::start(5);
    std::thread([] {
        trace::name_thread("other");
        const trace::Span outer("test", "outer");
        const trace::Span inner("test", "inner", 7);
    }).join();
    for (int i = 0; i < 10; ++i) const trace::Span many("test", "many", i);
    const auto recording = trace::stop();
    { const trace::Span after("test", "after"); }

    REQUIRE(recording.events.size() == 5);
    CHECK(recording.left_out == 7);
    REQUIRE(recording.threads.size() == 2);
    for (const auto& event : recording.events) {
        CHECK(event.begin <= event.end);
        CHECK((recording.threads[static_cast<std::size_t>(event.thread)] == "other") ==
              (std::string_view(event.name) != "many"));
    }
    const auto is = [](const char* name) {
        return [name](const auto& event) { return event.name == std::string_view(name); };
    };
    const auto inner = std::ranges::find_if(recording.events, is("inner"));
    const auto outer = std::ranges::find_if(recording.events, is("outer"));
    REQUIRE(inner != recording.events.end());
    REQUIRE(outer != recording.events.end());
    CHECK(inner->number == 7);
    CHECK(outer->begin <= inner->begin);
    CHECK(inner->end <= outer->end);
    CHECK(trace::stop().events.empty());
}
