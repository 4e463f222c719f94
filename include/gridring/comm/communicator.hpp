// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gridring/core/error.hpp"

namespace gridring::comm {

/// What agree() throws: the same on every rank, so that all of them may unwind and finalise in order.
struct AgreedError : Error {
    using Error::Error;
};

/// Consecutive values of an array: [first, first + size).
struct Share {
    std::size_t first = 0, size = 0;
    bool operator==(const Share&) const = default;
};

/// Owns one MPI communicator whose errors come back as codes (thrown as CommError) instead of aborting. Move-only:
/// duplicating is collective over the parent, so it is always spelled out. The MPI handle stays inside `comm` (see
/// src/comm/handle.hpp); no public header includes mpi.h, but adopt.hpp for programs with MPI calls of their own.
class Communicator {
public:
    /// A duplicate of MPI_COMM_WORLD. Collective.
    [[nodiscard]] static Communicator world();
    /// Collective over this communicator.
    [[nodiscard]] Communicator duplicate() const;
    /// Ranks of one `color` form a new communicator, ordered by `key`. Collective.
    [[nodiscard]] Communicator split(int color, int key) const;
    /// Ranks that can share memory form a new communicator, ordered as here. Collective.
    [[nodiscard]] Communicator split_by_memory() const;

    Communicator(Communicator&& other) noexcept;
    Communicator& operator=(Communicator&& other) noexcept;
    ~Communicator();  // frees the handle; skipped while unwinding, since freeing is collective and could hang

    int rank() const { return rank_; }
    int size() const { return size_; }
    int next() const { return (rank_ + 1) % size_; }  // K/V blocks travel rank -> next()
    int previous() const { return (rank_ + size_ - 1) % size_; }
    bool is_root() const { return rank_ == 0; }

    // All of the following are collective; every rank must call them in the same order with the same sizes.
    void barrier() const;
    /// A barrier that sleeps between looks: for waits of seconds to hours, such as rank 0 extracting. Burns no core.
    void sleeping_barrier(std::chrono::milliseconds look_every = std::chrono::milliseconds{20}) const;
    void sum(std::span<float> values) const;   ///< in place, on every rank; the same bits everywhere
    void sum(std::span<double> values) const;  ///< in place, on every rank; the same bits everywhere
    double max(double value) const;
    std::int64_t sum(std::int64_t value) const;
    void broadcast(std::span<std::byte> bytes, int root = 0) const;
    void broadcast(std::string& text, int root = 0) const;  ///< resizes on the other ranks
    /// Concatenation over ranks, in rank order, on root; empty elsewhere. Lengths may differ.
    std::vector<float> gather(std::span<const float> values, int root = 0) const;
    /// Every rank's text, in rank order, on every rank.
    std::vector<std::string> all_gather(const std::string& text) const;
    /// Every rank's value, in rank order, on every rank.
    std::vector<std::int64_t> all_gather(std::int64_t value) const;
    /// Every rank's values, equally many, one after the other in rank order, on every rank.
    void all_gather(std::span<const float> values, std::span<float> all) const;

    /// What `rank` sums of `size` values, and owns in the two calls below: shares follow each other in rank order and
    /// differ by one value at most. Local.
    Share share(std::size_t size, int rank) const;
    Share share(std::size_t size) const { return share(size, rank_); }
    /// In place: this rank's share becomes the sum over the ranks, with the bits that sum() gives; the rest is left as
    /// it was. Half the volume of sum().
    void reduce_scatter(std::span<float> values) const;
    /// In place: every rank's share goes to all ranks. The other half.
    void all_gather(std::span<float> values) const;

    /// Agreement at the end of a set-up step: each rank says what went wrong on it ("" for nothing). Returns when no
    /// rank failed; else throws on every rank the same AgreedError, that of the lowest failing rank, with its exit
    /// code.
    void agree(const std::string& failure, int exit_code) const;

    struct Handle;  ///< the MPI_Comm; defined in src/comm/handle.hpp
    const Handle& handle() const { return *handle_; }
    /// Collective over `parent`. For your own MPI_Comm see adopt.hpp.
    [[nodiscard]] static Communicator duplicate_of(const Handle& parent);

private:
    explicit Communicator(Handle* handle);
    Handle* handle_ = nullptr;
    int rank_ = 0, size_ = 1;
};

/// Runs `step` on every rank and agrees on the outcome: an Error thrown on any rank is thrown on all. Collective.
template <class Step>
void run_together(const Communicator& world, Step&& step);

}  // namespace gridring::comm

#include "gridring/comm/run_together.inl"
