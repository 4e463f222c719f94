// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <ctime>
#include <limits>
#include <thread>

#include "gridring/comm/communicator.hpp"
#include "gridring/core/error.hpp"
#include "support/mpi.hpp"

using namespace gridring;
using namespace std::chrono_literals;

namespace {

const comm::Communicator& world() { return test::world(); }

template <class T>
std::vector<T> sum_in_rank_order(std::size_t size) {
    std::vector<double> sums(size);
    for (int rank = 0; rank < world().size(); ++rank) {
        const auto values = test::brought_by<T>(rank, size, 5);
        for (std::size_t i = 0; i < size; ++i) sums[i] += static_cast<double>(values[i]);
    }
    return {sums.begin(), sums.end()};
}

template <class T>
bool is_summed_exactly(std::size_t size) {
    auto values = test::brought_by<T>(world().rank(), size, 5);
    world().sum(std::span<T>(values));
    return values == sum_in_rank_order<T>(size);
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

TEST_CASE("sums are made in rank order and fp64, so they are the same bits on every rank and at every try") {
    for (const std::size_t size : {0U, 1U, 2U, 3U, 7U, 1000U, 4097U}) {
        INFO("values ", size);
        CHECK(is_summed_exactly<float>(size));
        CHECK(is_summed_exactly<double>(size));
    }
    CHECK(is_summed_exactly<float>((std::size_t{1} << 22) + 3));  // more than one piece
}

TEST_CASE("small reductions") {
    const int P = world().size(), me = world().rank();
    CHECK(world().sum(std::int64_t{1} << (40 + me)) == ((std::int64_t{1} << P) - 1) << 40);
    CHECK(world().max(-10.0 - me) == -10.0);
    CHECK(world().max(me == P - 1 ? -1.0 : -std::numeric_limits<double>::infinity()) == -1.0);
    for (int nan_on = 0; nan_on < P; ++nan_on) CHECK(std::isnan(world().max(me == nan_on ? std::nan("") : 1.0)));
}

TEST_CASE("broadcast reaches every rank from every root") {
    for (int root = 0; root < world().size(); ++root) {
        std::string text = world().rank() == root ? std::string(static_cast<std::size_t>(root) * 3000, 'x') + "end"
                                                  : "something longer than it";
        world().broadcast(text, root);
        CHECK(text.size() == static_cast<std::size_t>(root) * 3000 + 3);
        CHECK(text.ends_with("end"));
        std::string empty = world().rank() == root ? "" : "not empty";
        world().broadcast(empty, root);
        CHECK(empty.empty());
    }
}

TEST_CASE("gather concatenates uneven parts in rank order") {
    const int P = world().size(), me = world().rank();
    std::vector<float> expected;
    for (int rank = 0; rank < P; ++rank)
        expected.insert(expected.end(), static_cast<std::size_t>(rank % 3) * 1500, static_cast<float>(rank));
    const std::vector<float> mine(static_cast<std::size_t>(me % 3) * 1500, static_cast<float>(me));
    for (int root = 0; root < P; ++root)
        CHECK(world().gather(mine, root) == (me == root ? expected : std::vector<float>{}));

    const auto texts = world().all_gather(std::string(static_cast<std::size_t>(me), 'a'));
    REQUIRE(texts.size() == static_cast<std::size_t>(P));
    for (int rank = 0; rank < P; ++rank)
        CHECK(texts[static_cast<std::size_t>(rank)] == std::string(static_cast<std::size_t>(rank), 'a'));
}

TEST_CASE("all_gather puts every rank's values in rank order on every rank") {
    const int P = world().size(), me = world().rank();
    const auto value = [](int rank, std::size_t i) { return static_cast<float>(rank) + static_cast<float>(i % 1021); };
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, (std::size_t{1} << 22) + 3}) {
        std::vector<float> mine(size), all(size * static_cast<std::size_t>(P));
        for (std::size_t i = 0; i < size; ++i) mine[i] = value(me, i);
        world().all_gather(mine, all);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < all.size(); ++i) wrong += all[i] != value(static_cast<int>(i / size), i % size);
        CHECK(wrong == 0);
    }
    std::vector<std::int64_t> squares;
    for (std::int64_t rank = 0; rank < P; ++rank) squares.push_back(rank * rank << 40);
    CHECK(world().all_gather(squares[static_cast<std::size_t>(me)]) == squares);
    std::vector<float> too_small(static_cast<std::size_t>(P));
    CHECK_THROWS_AS(world().all_gather(std::vector<float>(2), too_small), BugError);
}

TEST_CASE("ranks agree on the lowest failure and its exit code") {
    const int P = world().size(), me = world().rank();
    CHECK_NOTHROW(world().agree("", 0));
    for (int lowest = 0; lowest < P; ++lowest) {
        try {
            comm::run_together(world(), [&] {
                if (me >= lowest) throw StoreError("series.h5", "no such file, says " + std::to_string(me));
            });
            CHECK_MESSAGE(false, "expected an error on rank ", me);
        } catch (const Error& error) {
            const std::string message = error.what();
            CHECK(error.exit_code() == ExitCode::data);
            CHECK(message.starts_with("series.h5: no such file, says " + std::to_string(lowest)));
            CHECK((lowest == 0 || message.find("on rank " + std::to_string(lowest) + " of ") != std::string::npos));
        }
    }
    CHECK(world().sum(std::int64_t{1}) == P);  // still in step
}

TEST_CASE("parts of a communicator do not meet") {
    const int P = world().size(), me = world().rank();
    const auto part = world().split(me % 2, -me);
    CHECK(part.size() == (me % 2 == 0 ? (P + 1) / 2 : P / 2));
    CHECK(part.sum(std::int64_t{me}) == (me % 2 == 0 ? ((P - 1) / 2) * ((P - 1) / 2 + 1) : (P / 2) * (P / 2)));
    CHECK(part.rank() == part.size() - 1 - me / 2);  // ordered by key: backwards
    auto twin = world().duplicate();
    CHECK(twin.rank() == me);
    const comm::Communicator moved = std::move(twin);
    CHECK(moved.next() == (me + 1) % P);
    CHECK((moved.previous() + 1) % P == me);
    moved.barrier();
}

TEST_CASE("the sleeping barrier waits and burns no core") {
    world().barrier();
    const auto start = std::chrono::steady_clock::now();
    const double cpu_before = cpu_seconds();
    if (world().is_root()) std::this_thread::sleep_for(300ms);
    world().sleeping_barrier(5ms);
    const double cpu = cpu_seconds() - cpu_before;
    CHECK(std::chrono::steady_clock::now() - start >= 290ms);
    CHECK(cpu < 0.1);  // a spinning wait takes most of 0.3
}
