// SPDX-License-Identifier: MIT
#include "gridring/sweep/record.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "unit/store/samples.hpp"

using namespace gridring;
using sweep::State;
using sweep::Work;

TEST_CASE("a record comes back; one that cannot be read counts as none") {
    const test::TemporaryFolder folder;
    CHECK(!sweep::read_record(folder.path()));
    const sweep::Record written{State::failed,      "aa",  "bb", true, 12.5, 139, "ended by signal 11",
                                {"one", "t\xFFwo"}, "now", "c"};
    sweep::write_record(folder.path(), written);
    const auto found = sweep::read_record(folder.path());
    REQUIRE(found);
    CHECK(found->state == State::failed);
    CHECK(found->training == "aa");
    CHECK(found->judging == "bb");
    CHECK(found->is_trained);
    CHECK(found->training_seconds == 12.5);
    CHECK(found->exit_code == 139);
    CHECK(found->reason == "ended by signal 11");
    CHECK(found->log_tail.size() == 2);
    for (const char* text : {"", "{", "{\"state\":\"done\"}", "[1]", "{\"state\":4}"}) {
        std::ofstream(folder / "member.json") << text;
        CHECK(!sweep::read_record(folder.path()));
    }
}

TEST_CASE("work is left unless all of it was done with these settings") {
    sweep::Record record{State::done, "t", "j", true, 1, 0, "", {}, "", ""};
    CHECK(sweep::work_left(std::nullopt, "t", "j") == Work::fresh);
    CHECK(sweep::work_left(record, "t", "j") == Work::nothing);
    CHECK(sweep::work_left(record, "other", "j") == Work::fresh);
    CHECK(sweep::work_left(record, "t", "other") == Work::resume);
    for (const State state : {State::running, State::failed, State::stopped}) {
        record.state = state;
        CHECK(sweep::work_left(record, "t", "j") == Work::resume);
        CHECK(sweep::work_left(record, "other", "j") == Work::fresh);
    }
}
