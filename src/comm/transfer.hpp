// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "gridring/comm/block_exchange.hpp"

namespace gridring::comm {

/// One step of the ring: what goes to next() and what comes from previous(), in messages of at most `piece` bytes. An
/// empty block still sends one empty message, so that the number of messages depends on sizes above `piece` alone.
struct Transfer {
    std::span<const std::byte> send;
    std::span<std::byte> receive;
    std::size_t piece;
};
std::size_t message_count(std::size_t bytes, std::size_t piece);

/// Both return when everything has been sent and has arrived, and throw CommError when what arrived has another size.
void transfer_blocking(const Communicator& ring, const Transfer& transfer);  ///< MPI_Sendrecv: spins while it waits
void transfer_polling(const Communicator& ring, const Transfer& transfer);   ///< tests and sleeps 10 to 200 us

/// make_exchange with another limit on the size of a message.
std::unique_ptr<BlockExchange> make_exchange(const Communicator& ring, ExchangeMethod method, std::size_t piece);

}  // namespace gridring::comm
