// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "gridring/comm/block_exchange.hpp"

namespace gridring::comm {

/// What goes where in one exchange, in messages of at most `piece` bytes. An empty block still sends one empty message,
/// so that the number of messages depends on sizes above `piece` alone; nothing goes to nobody.
struct Transfer {
    std::span<const std::byte> send;
    std::span<std::byte> receive;
    Route route;
    std::size_t piece;

    std::size_t sends() const { return message_count(route.to, send.size()); }
    std::size_t receives() const { return message_count(route.from, receive.size()); }

private:
    std::size_t message_count(int partner, std::size_t bytes) const {
        return partner == Route::nobody ? 0 : std::max<std::size_t>(1, (bytes + piece - 1) / piece);
    }
};

/// Both return when everything has been sent and has arrived, and throw CommError when what arrived has another size.
void transfer_blocking(const Communicator& ring, const Transfer& transfer);  ///< MPI_Sendrecv: spins while it waits
void transfer_polling(const Communicator& ring, const Transfer& transfer);   ///< tests and sleeps 10 to 200 us

/// make_exchange with another limit on the size of a message.
std::unique_ptr<BlockExchange> make_exchange(const Communicator& ring, ExchangeMethod method, std::size_t piece,
                                             std::chrono::milliseconds deadline);

}  // namespace gridring::comm
