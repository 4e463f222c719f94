// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
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
    double cpu_seconds = 0;       ///< what the communicating thread burnt, waiting for the partners included
    std::uint64_t bytes_sent = 0, bytes_received = 0;
    std::uint64_t messages_sent = 0;
};

/// Whom a block goes to and whom one comes from. Every send must meet a receive: a rank that names `to` is named as
/// `from` there, in the same exchange.
struct Route {
    static constexpr int nobody = -1;  ///< no message that way, not even an empty one
    int to = nobody, from = nobody;
    bool operator==(const Route&) const = default;
};

/// Sends one block and receives one, while the caller computes. At most one exchange is in flight. Sizes may differ
/// between ranks (uneven segments) and be 0; a block above 1 GiB goes in several messages. Nothing may throw between
/// start() and finish(): the partner would wait for ever.
class BlockExchange {
public:
    virtual ~BlockExchange() = default;
    /// Both spans stay untouched by the caller until finish() returns; they must not overlap.
    virtual void start(std::span<const std::byte> send, std::span<std::byte> receive, Route route) = 0;
    /// To next(), from previous().
    void start(std::span<const std::byte> send, std::span<std::byte> receive) { start(send, receive, neighbours_); }
    /// Blocks until the exchange is complete. Throws CommError: when what arrived has another size, and when it had to
    /// wait here for longer than the deadline. After that the exchange can only be destroyed (which does not wait) and
    /// the job must end: a block that comes late would still be written to where it was awaited.
    virtual ExchangeCost finish() = 0;

protected:
    explicit BlockExchange(const Communicator& ring) : neighbours_{ring.next(), ring.previous()} {}

private:
    Route neighbours_;
};

/// Collective: duplicates `ring` so that its messages meet no others. What a method means for messages alone: shared is
/// nonblocking, automatic sendrecv. `deadline` is that of finish(); 0 = none.
std::unique_ptr<BlockExchange> make_exchange(const Communicator& ring, ExchangeMethod method,
                                             std::chrono::milliseconds deadline = std::chrono::milliseconds{0});

}  // namespace gridring::comm
