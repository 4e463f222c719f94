// SPDX-License-Identifier: MIT
// A job in which one rank never comes back: the others must end it within the deadline and say what they waited for.
// late_rank METHOD forward|backward|refuse. The last: all ranks agree on an error while they hold a ring and its block,
// unwind and finalise.
#include <cstdio>
#include <string>
#include <thread>

#include "gridring/comm/environment.hpp"
#include "gridring/core/error.hpp"
#include "gridring/ring/ring_attention.hpp"

using namespace gridring;

namespace {

void run(const comm::Communicator& world, comm::ExchangeMethod method, const std::string& where) {
    const bool stops_in_forward = where == "forward", refuses = where == "refuse";
    const attention::Shape shape{1, 2, 2, 64};
    ring::RingAttention ring(world, {ring::Scheme::contiguous, 300L * world.size(), world.size()}, shape,
                             {.exchange = method,
                              .backward = ring::BackwardRotation::key_values,
                              .deadline = std::chrono::milliseconds{500}});
    const auto own = ring.make_block();
    std::vector<float> q(300 * 2 * 64), out(q.size()), dq(q.size()), dk(q.size()), dv(q.size()), lse(300 * 2);
    const auto tensor = [](std::vector<float>& values) { return attention::Heads(values.data(), 1, 300, 2, 64); };
    const auto sleep_if = [&](bool is_time) {
        if (is_time && world.rank() == 1) std::this_thread::sleep_for(std::chrono::seconds{60});
    };
    ring.forward(tensor(q), own, tensor(out), lse);
    if (refuses)
        comm::run_together(world, [&] {
            if (world.rank() == world.size() - 1) throw DataError("refused by the last rank");
        });
    sleep_if(stops_in_forward);
    ring.forward(tensor(q), own, tensor(out), lse);
    sleep_if(true);
    ring.backward(tensor(q), own, tensor(out), lse, tensor(out), tensor(dq), tensor(dk), tensor(dv));
}

}  // namespace

int main(int argc, char** argv) {
    const comm::Environment environment(argc, argv);
    try {
        run(comm::Communicator::world(), comm::parse_exchange_method(argv[1]), argv[2]);
    } catch (const comm::AgreedError& error) {
        if (comm::Communicator::world().is_root()) std::fprintf(stderr, "%s\n", error.what());
        return static_cast<int>(error.exit_code());
    } catch (const Error& error) {  // as app does when one rank fails alone
        std::fprintf(stderr, "%s\n", error.what());
        comm::Environment::abort(static_cast<int>(error.exit_code()));
    }
    return 0;
}
