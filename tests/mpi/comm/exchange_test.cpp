// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "comm/transfer.hpp"
#include "gridring/comm/block_buffer.hpp"
#include "gridring/comm/block_exchange.hpp"
#include "gridring/core/error.hpp"
#include "support/mpi.hpp"

using namespace gridring;
using namespace std::chrono_literals;
using comm::ExchangeMethod;

namespace {

const comm::Communicator& world() { return test::world(); }
constexpr ExchangeMethod methods[] = {ExchangeMethod::sendrecv, ExchangeMethod::nonblocking};

std::byte pattern(int rank, int round, std::size_t i) {
    return static_cast<std::byte>(
        (static_cast<std::size_t>(rank) * 31 + static_cast<std::size_t>(round) * 7 + i * 13 + i / 256) % 251);
}

comm::BlockBuffer block_of(int rank, int round, std::size_t size) {
    comm::BlockBuffer block(size);
    for (std::size_t i = 0; i < size; ++i) block.bytes()[i] = pattern(rank, round, i);
    return block;
}

bool holds(const comm::BlockBuffer& block, int rank, int round) {
    for (std::size_t i = 0; i < block.size(); ++i)
        if (block.bytes()[i] != pattern(rank, round, i)) return false;
    return true;
}

/// Three rounds in which rank r sends size_of(r) bytes, checked to the byte.
template <class SizeOf>
void check_rounds(comm::BlockExchange& exchange, std::size_t piece, const SizeOf& size_of) {
    for (int round = 0; round < 3; ++round) {
        const auto leaving = block_of(world().rank(), round, size_of(world().rank()));
        comm::BlockBuffer arriving(size_of(world().previous()));
        exchange.start(leaving.bytes(), arriving.bytes());
        const auto cost = exchange.finish();
        CHECK(holds(arriving, world().previous(), round));
        CHECK(holds(leaving, world().rank(), round));
        CHECK(cost.bytes_sent == leaving.size());
        CHECK(cost.bytes_received == arriving.size());
        CHECK(cost.messages_sent == std::max<std::size_t>(1, (leaving.size() + piece - 1) / piece));
        CHECK(cost.transfer_seconds > 0);
        CHECK(cost.exposed_seconds >= 0);
    }
}

}  // namespace

TEST_CASE("blocks are aligned and zeroed") {
    for (const std::size_t size : {0U, 1U, 63U, 64U, 1000U}) {
        const comm::BlockBuffer block(size);
        CHECK(block.size() == size);
        CHECK(reinterpret_cast<std::uintptr_t>(block.bytes().data()) % 64 == 0);
        for (const auto byte : block.bytes()) CHECK(byte == std::byte{0});
    }
}

TEST_CASE("every byte arrives: even, uneven, empty and large blocks, whole and in pieces") {
    for (const auto method : methods) {
        for (const std::size_t piece : {std::size_t{7}, std::size_t{1000}, std::size_t{1} << 30}) {
            INFO(std::string(to_string(method)), " pieces of ", piece);
            const auto exchange = comm::make_exchange(world(), method, piece, 0ms);
            check_rounds(*exchange, piece, [](int) { return std::size_t{100}; });
            check_rounds(*exchange, piece, [](int rank) { return static_cast<std::size_t>(rank) * 777 + 1; });
            check_rounds(*exchange, piece, [](int rank) { return static_cast<std::size_t>(rank % 2) * 5000; });
            check_rounds(*exchange, piece, [](int) { return std::size_t{0}; });
            if (piece > 7)
                check_rounds(*exchange, piece, [](int rank) { return static_cast<std::size_t>(300000 + rank); });
        }
    }
}

TEST_CASE("two exchanges in flight do not mix, even where next is previous") {
    for (const auto method : methods) {
        const auto blocks = comm::make_exchange(world(), method), gradients = comm::make_exchange(world(), method);
        const auto block = block_of(world().rank(), 1, 70000), gradient = block_of(world().rank(), 2, 70000);
        comm::BlockBuffer other_block(70000), other_gradient(70000);
        const bool starts_with_blocks = world().rank() % 2 == 0;  // ranks start them in different orders
        if (starts_with_blocks) blocks->start(block.bytes(), other_block.bytes());
        gradients->start(gradient.bytes(), other_gradient.bytes());
        if (!starts_with_blocks) blocks->start(block.bytes(), other_block.bytes());
        blocks->finish();
        gradients->finish();
        CHECK(holds(other_block, world().previous(), 1));
        CHECK(holds(other_gradient, world().previous(), 2));
    }
}

TEST_CASE("a late rank delays its neighbours and hangs nobody") {
    for (const auto method : methods) {
        const auto exchange = comm::make_exchange(world(), method);
        const auto leaving = block_of(world().rank(), 0, 200000);
        comm::BlockBuffer arriving(leaving.size());
        world().barrier();
        if (world().is_root()) std::this_thread::sleep_for(200ms);
        exchange->start(leaving.bytes(), arriving.bytes());
        const auto cost = exchange->finish();
        CHECK(holds(arriving, world().previous(), 0));
        if (!world().is_root() && world().previous() == 0) CHECK(cost.exposed_seconds > 0.1);
    }
}

TEST_CASE("the transfer happens while the caller computes") {
    for (const auto method : methods) {
        const auto exchange = comm::make_exchange(world(), method);
        const auto leaving = block_of(world().rank(), 0, 2000000);
        comm::BlockBuffer arriving(leaving.size());
        world().barrier();
        exchange->start(leaving.bytes(), arriving.bytes());
        std::this_thread::sleep_for(600ms);  // a kernel that makes no MPI call
        const auto cost = exchange->finish();
        CHECK(cost.transfer_seconds < 0.55);  // 0.6 and more where finish() alone moves the data
        CHECK(cost.exposed_seconds < 0.55);
        CHECK(holds(arriving, world().previous(), 0));
    }
}

TEST_CASE("a block of another size is an error on the rank that expected more, or less") {
    for (const auto method : methods) {
        for (const std::size_t expected : {12U, 8U}) {
            if (expected == 8 && world().size() == 1) continue;  // Open MPI cuts a message to oneself without a word
            const auto exchange = comm::make_exchange(world(), method);
            const auto leaving = block_of(world().rank(), 0, 10);
            comm::BlockBuffer arriving(expected);
            exchange->start(leaving.bytes(), arriving.bytes());
            CHECK_THROWS_AS(exchange->finish(), CommError);
            world().barrier();
        }
    }
}

TEST_CASE("blocks take any route, and none to or from nobody") {
    const int P = world().size(), me = world().rank();
    for (const auto method : methods) {
        const auto exchange = comm::make_exchange(world(), method);
        for (int offset = 0; offset < P; ++offset) {  // straight to a rank `offset` further on
            const comm::Route route{(me + offset) % P, (me + P - offset) % P};
            const auto leaving = block_of(me, offset, 3000);
            comm::BlockBuffer arriving(leaving.size());
            exchange->start(leaving.bytes(), arriving.bytes(), route);
            CHECK(exchange->finish().messages_sent == 1);
            CHECK(holds(arriving, route.from, offset));
        }
        const bool is_last = me == P - 1;  // an open chain
        const comm::Route route{is_last ? comm::Route::nobody : me + 1, me == 0 ? comm::Route::nobody : me - 1};
        const auto leaving = block_of(me, 99, is_last ? 0 : 3000);
        comm::BlockBuffer arriving(me == 0 ? 0 : 3000);
        exchange->start(leaving.bytes(), arriving.bytes(), route);
        const auto cost = exchange->finish();
        CHECK(cost.messages_sent == (is_last ? 0 : 1));
        CHECK(cost.bytes_received == arriving.size());
        CHECK(holds(arriving, me - 1, 99));
        const std::byte unwanted{};
        CHECK_THROWS_AS(exchange->start({&unwanted, 1}, {}, {}), BugError);
    }
}

TEST_CASE("an exchange tells what CPU time it burnt") {
    const auto polite = comm::make_exchange(world(), ExchangeMethod::nonblocking);
    world().barrier();
    if (world().is_root()) std::this_thread::sleep_for(200ms);
    polite->start({}, {});
    const auto cost = polite->finish();
    CHECK(cost.cpu_seconds > 0);
    CHECK(cost.cpu_seconds < 0.1);  // of 0.2 s, on the rank behind the late one
}

TEST_CASE("whoever waits beyond the deadline says for what, and the others may still finish") {
    if (world().size() == 1) return;  // nobody to wait for
    for (const auto method : methods) {
        // Static: a block that comes after the deadline is still written.
        static const auto leaving = block_of(world().rank(), 0, 300000);
        static comm::BlockBuffer arriving(leaving.size());
        auto exchange = comm::make_exchange(world(), method, 300ms);
        exchange->start(leaving.bytes(), arriving.bytes());
        CHECK(exchange->finish().exposed_seconds < 0.3);  // in time

        const bool is_late = world().is_root();
        const bool waits_for_late = world().previous() == 0 || world().next() == 0;
        world().barrier();
        if (is_late) std::this_thread::sleep_for(1s);
        exchange->start(leaving.bytes(), arriving.bytes());
        const auto start = std::chrono::steady_clock::now();
        if (!is_late && waits_for_late) {
            const auto message = "rank " + std::to_string(world().rank()) + " of " + std::to_string(world().size()) +
                                 " waited 300 ms in vain: to receive 300000 bytes from rank " +
                                 std::to_string(world().previous()) + " and to send 300000 bytes to rank " +
                                 std::to_string(world().next());
            CHECK_THROWS_WITH_AS(exchange->finish(), doctest::Contains(message.c_str()), CommError);
            exchange.reset();  // does not wait for the late one either
            CHECK(std::chrono::steady_clock::now() - start < 900ms);
        } else {
            exchange->finish();
        }
        world().sleeping_barrier(5ms);
        std::this_thread::sleep_for(50ms);  // until the abandoned exchanges have arrived as well
        CHECK(holds(arriving, world().previous(), 0));
    }
}

TEST_CASE("start and finish come in pairs") {
    const auto exchange = comm::make_exchange(world(), ExchangeMethod::sendrecv);
    CHECK_THROWS_AS(exchange->finish(), BugError);
    exchange->start({}, {});
    CHECK_THROWS_AS(exchange->start({}, {}), BugError);
    CHECK(exchange->finish().messages_sent == 1);
}

TEST_CASE("methods have names") {
    for (const auto method :
         {ExchangeMethod::sendrecv, ExchangeMethod::nonblocking, ExchangeMethod::shared, ExchangeMethod::automatic})
        CHECK(comm::parse_exchange_method(to_string(method)) == method);
    CHECK(comm::parse_exchange_method("auto") == ExchangeMethod::automatic);
    CHECK_THROWS_AS(comm::parse_exchange_method("carrier pigeon"), ConfigError);
}
