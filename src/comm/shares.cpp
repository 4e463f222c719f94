// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "comm/add_up.hpp"
#include "comm/handle.hpp"

namespace gridring::comm {
namespace {

constexpr int share_tag = 2;
constexpr std::size_t room = std::size_t{1} << 22;   // values that arrive before they are summed, of all ranks together
constexpr std::size_t piece = std::size_t{1} << 16;  // and of one rank: they stay in cache
constexpr std::size_t limit = max_message_bytes / sizeof(float);

/// The part of a share between `offset` and `offset + most` of it, as far as it goes.
std::span<float> part(std::span<float> values, Share share, std::size_t offset, std::size_t most) {
    const std::size_t first = std::min(offset, share.size);
    return values.subspan(share.first + first, std::min(most, share.size - first));
}

/// Sends to the rank `shift` places on while receiving from the one `shift` places back: no int has to hold more than a
/// message's size, and every rank is busy with one partner at a time.
void rotate(const Communicator& ranks, int shift, std::span<const float> send, std::span<float> receive) {
    const int to = (ranks.rank() + shift) % ranks.size(), from = (ranks.rank() + ranks.size() - shift) % ranks.size();
    check(MPI_Sendrecv(send.data(), static_cast<int>(send.size()), MPI_FLOAT, to, share_tag, receive.data(),
                       static_cast<int>(receive.size()), MPI_FLOAT, from, share_tag, ranks.handle().mpi,
                       MPI_STATUS_IGNORE),
          "MPI_Sendrecv");
}

}  // namespace

Share Communicator::share(std::size_t size, int rank) const {
    const auto parts = static_cast<std::size_t>(size_), index = static_cast<std::size_t>(rank);
    const std::size_t base = size / parts, longer = size % parts;  // the first `longer` shares hold one value more
    return {base * index + std::min(index, longer), base + (index < longer ? 1 : 0)};
}

void Communicator::reduce_scatter(std::span<float> values) const {
    if (size_ == 1) return;
    const auto size = static_cast<std::size_t>(size_), me = static_cast<std::size_t>(rank_);
    const std::size_t longest = share(values.size(), 0).size,
                      most = std::min({longest, piece, std::max<std::size_t>(1, room / size)});
    std::vector<float> arrived(most * size);
    std::vector<const float*> rows(size);
    for (std::size_t rank = 0; rank < size; ++rank) rows[rank] = arrived.data() + rank * most;
    for_each_piece(longest, most, [&](std::size_t offset, std::size_t count) {
        const auto mine = part(values, share(values.size()), offset, count);
        for (int shift = 1; shift < size_; ++shift) {
            const int to = (rank_ + shift) % size_, from = (rank_ + size_ - shift) % size_;
            rotate(*this, shift, part(values, share(values.size(), to), offset, count),
                   std::span(arrived).subspan(static_cast<std::size_t>(from) * most, mine.size()));
        }
        rows[me] = mine.data();
        add_up(rows, mine);
    });
}

void Communicator::all_gather(std::span<float> values) const {
    for_each_piece(share(values.size(), 0).size, limit, [&](std::size_t offset, std::size_t count) {
        for (int shift = 1; shift < size_; ++shift)
            rotate(*this, shift, part(values, share(values.size()), offset, count),
                   part(values, share(values.size(), (rank_ + size_ - shift) % size_), offset, count));
    });
}

}  // namespace gridring::comm
