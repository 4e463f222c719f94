// SPDX-License-Identifier: MIT
#include "comm/transfer.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "comm/handle.hpp"

namespace gridring::comm {
namespace {

constexpr int block_tag = 7;
constexpr std::chrono::microseconds shortest_sleep{10}, longest_sleep{200};

/// Piece `index` of `bytes`; empty behind the end.
template <class Byte>
std::span<Byte> piece_of(std::span<Byte> bytes, std::size_t index, std::size_t piece) {
    const std::size_t first = std::min(index * piece, bytes.size());
    return bytes.subspan(first, std::min(piece, bytes.size() - first));
}

int count_of(std::span<const std::byte> bytes) { return static_cast<int>(bytes.size()); }

void expect_bytes(const Communicator& ring, int from, const MPI_Status& status, std::size_t expected) {
    int found = 0;
    check(MPI_Get_count(&status, MPI_BYTE, &found), "MPI_Get_count");
    if (static_cast<std::size_t>(found) == expected) return;
    throw CommError("rank " + std::to_string(ring.rank()) + " expected " + std::to_string(expected) +
                    " bytes from rank " + std::to_string(from) + ", found " + std::to_string(found) +
                    ": the ranks disagree on the partition or the shape");
}

void wait_politely(std::span<MPI_Request> requests, std::span<MPI_Status> statuses) {
    int is_done = 0;
    for (auto sleep = shortest_sleep;; sleep = std::min(2 * sleep, longest_sleep)) {
        check(MPI_Testall(static_cast<int>(requests.size()), requests.data(), &is_done, statuses.data()),
              "MPI_Testall");
        if (is_done != 0) return;
        std::this_thread::sleep_for(sleep);
    }
}

}  // namespace

void transfer_blocking(const Communicator& ring, const Transfer& transfer) {
    const std::size_t sends = transfer.sends(), receives = transfer.receives();
    for (std::size_t i = 0; i < std::max(sends, receives); ++i) {
        const auto out = piece_of(transfer.send, i, transfer.piece);
        const auto in = piece_of(transfer.receive, i, transfer.piece);
        const int to = i < sends ? transfer.route.to : MPI_PROC_NULL;
        const int from = i < receives ? transfer.route.from : MPI_PROC_NULL;
        MPI_Status status;
        check(MPI_Sendrecv(out.data(), count_of(out), MPI_BYTE, to, block_tag, in.data(), count_of(in), MPI_BYTE, from,
                           block_tag, ring.handle().mpi, &status),
              "MPI_Sendrecv");
        expect_bytes(ring, transfer.route.from, status, in.size());
    }
}

void transfer_polling(const Communicator& ring, const Transfer& transfer) {
    const std::size_t sends = transfer.sends(), receives = transfer.receives();
    std::vector<MPI_Request> requests(receives + sends, MPI_REQUEST_NULL);
    std::vector<MPI_Status> statuses(requests.size());
    for (std::size_t i = 0; i < receives; ++i) {
        const auto in = piece_of(transfer.receive, i, transfer.piece);
        check(MPI_Irecv(in.data(), count_of(in), MPI_BYTE, transfer.route.from, block_tag, ring.handle().mpi,
                        &requests[i]),
              "MPI_Irecv");
    }
    for (std::size_t i = 0; i < sends; ++i) {
        const auto out = piece_of(transfer.send, i, transfer.piece);
        check(MPI_Isend(out.data(), count_of(out), MPI_BYTE, transfer.route.to, block_tag, ring.handle().mpi,
                        &requests[receives + i]),
              "MPI_Isend");
    }
    wait_politely(requests, statuses);
    for (std::size_t i = 0; i < receives; ++i)
        expect_bytes(ring, transfer.route.from, statuses[i], piece_of(transfer.receive, i, transfer.piece).size());
}

}  // namespace gridring::comm
