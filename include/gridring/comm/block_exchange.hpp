// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "gridring/comm/communicator.hpp"

namespace gridring::comm {

/// How a block gets to the next rank while this one computes.
enum class ExchangeMethod {
    sendrecv,     ///< a persistent thread in blocking MPI_Sendrecv; the default
    nonblocking,  ///< MPI_Irecv/MPI_Isend progressed by a thread that tests and sleeps: for links slow enough that a
                  ///< blocked thread would burn the core that computes
    shared,       ///< ranks on one node read their neighbours' blocks in place, through an MPI shared-memory window;
                  ///< between nodes blocks travel as with nonblocking
    automatic,    ///< shared where ranks share a node evenly, else sendrecv
};
ExchangeMethod parse_exchange_method(std::string_view name);  ///< throws ConfigError
std::string_view to_string(ExchangeMethod method);

/// What one exchange cost this rank.
struct ExchangeCost {
    double transfer_seconds = 0;  ///< from start() until the data were there
    double exposed_seconds = 0;   ///< what finish() had to wait for: communication not hidden by computing
    std::uint64_t bytes_sent = 0, bytes_received = 0;
    std::uint64_t messages_sent = 0;
};

/// Sends one block to next() and receives one from previous(), while the caller computes. At most one exchange is in
/// flight. Sizes may differ between ranks (uneven segments) and be 0; a block above 1 GiB goes in several messages.
/// Nothing may throw between start() and finish(): the partner would wait for ever.
class BlockExchange {
public:
    virtual ~BlockExchange() = default;
    /// Both spans stay untouched by the caller until finish() returns; they must not overlap.
    virtual void start(std::span<const std::byte> send, std::span<std::byte> receive) = 0;
    /// Blocks until the exchange is complete. Throws CommError.
    virtual ExchangeCost finish() = 0;
};

/// Collective: duplicates `ring` so that its messages meet no others.
std::unique_ptr<BlockExchange> make_exchange(const Communicator& ring, ExchangeMethod method);

}  // namespace gridring::comm
