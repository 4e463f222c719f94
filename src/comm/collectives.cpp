// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "comm/add_up.hpp"
#include "comm/handle.hpp"

namespace gridring::comm {
namespace {

constexpr int text_tag = 1;
constexpr std::size_t sum_piece = std::size_t{1} << 22;     // values summed at a time: bounds the scratch memory
constexpr std::size_t gather_piece = std::size_t{1} << 22;  // values of one rank gathered at a time

template <class T>
MPI_Datatype mpi_type();
template <>
MPI_Datatype mpi_type<float>() {
    return MPI_FLOAT;
}
template <>
MPI_Datatype mpi_type<double>() {
    return MPI_DOUBLE;
}

/// Communicator::share of every rank, as MPI takes them.
struct Shares {
    Shares(const Communicator& ranks, std::size_t size) {
        for (int rank = 0; rank < ranks.size(); ++rank) {
            const Share share = ranks.share(size, rank);
            firsts.push_back(static_cast<int>(share.first));
            counts.push_back(static_cast<int>(share.size));
        }
    }
    std::vector<int> firsts, counts;
};

/// Each rank sums one share of the values, in rank order and in fp64, and gives it to all. So every rank holds the same
/// bits, and they depend on neither timing, nor topology, nor the library's choice of algorithm. Volume: that of a ring
/// all-reduce.
template <class T>
void sum_in_rank_order(const Communicator& ranks, std::span<T> values) {
    const Shares shares(ranks, values.size());
    const auto me = static_cast<std::size_t>(ranks.rank()), size = static_cast<std::size_t>(ranks.size());
    const auto mine = static_cast<std::size_t>(shares.counts[me]);
    std::vector<int> arrival_counts(size, shares.counts[me]), arrival_firsts(size);
    for (std::size_t rank = 0; rank < size; ++rank) arrival_firsts[rank] = static_cast<int>(rank * mine);
    std::vector<T> arrived(mine * size);
    check(MPI_Alltoallv(values.data(), shares.counts.data(), shares.firsts.data(), mpi_type<T>(), arrived.data(),
                        arrival_counts.data(), arrival_firsts.data(), mpi_type<T>(), ranks.handle().mpi),
          "MPI_Alltoallv");

    std::vector<T> total(mine);
    std::vector<const T*> rows(size);
    for (std::size_t rank = 0; rank < size; ++rank) rows[rank] = arrived.data() + rank * mine;
    add_up(rows, std::span(total));
    check(MPI_Allgatherv(total.data(), shares.counts[me], mpi_type<T>(), values.data(), shares.counts.data(),
                         shares.firsts.data(), mpi_type<T>(), ranks.handle().mpi),
          "MPI_Allgatherv");
}

/// `count` floats that are followed by the next such run `stride` floats after their start.
class StridedType {
public:
    StridedType(std::size_t count, std::size_t stride) {
        MPI_Datatype run = MPI_DATATYPE_NULL;
        check(MPI_Type_contiguous(static_cast<int>(count), MPI_FLOAT, &run), "MPI_Type_contiguous");
        const int code = MPI_Type_create_resized(run, 0, static_cast<MPI_Aint>(stride * sizeof(float)), &type_);
        MPI_Type_free(&run);
        check(code, "MPI_Type_create_resized");
        check(MPI_Type_commit(&type_), "MPI_Type_commit");
    }
    ~StridedType() { MPI_Type_free(&type_); }
    StridedType(const StridedType&) = delete;
    StridedType& operator=(const StridedType&) = delete;
    MPI_Datatype mpi() const { return type_; }

private:
    MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

template <class T>
void sum_in_pieces(const Communicator& ranks, std::span<T> values) {
    if (ranks.size() == 1) return;
    for_each_piece(values.size(), sum_piece, [&](std::size_t first, std::size_t count) {
        sum_in_rank_order(ranks, values.subspan(first, count));
    });
}

}  // namespace

void Communicator::sum(std::span<float> values) const { sum_in_pieces(*this, values); }
void Communicator::sum(std::span<double> values) const { sum_in_pieces(*this, values); }

std::int64_t Communicator::sum(std::int64_t value) const {
    std::int64_t total = 0;
    check(MPI_Allreduce(&value, &total, 1, MPI_INT64_T, MPI_SUM, handle_->mpi), "MPI_Allreduce");
    return total;
}

double Communicator::max(double value) const {
    // MPI_MAX may lose a NaN, so it travels as a flag beside the value.
    const bool is_nan = std::isnan(value);
    const std::array<double, 2> mine{is_nan ? 1.0 : 0.0, is_nan ? -std::numeric_limits<double>::infinity() : value};
    std::array<double, 2> all{};
    check(MPI_Allreduce(mine.data(), all.data(), 2, MPI_DOUBLE, MPI_MAX, handle_->mpi), "MPI_Allreduce");
    return all[0] > 0 ? std::numeric_limits<double>::quiet_NaN() : all[1];
}

void Communicator::broadcast(std::span<std::byte> bytes, int root) const {
    for_each_piece(bytes.size(), max_message_bytes, [&](std::size_t first, std::size_t count) {
        check(MPI_Bcast(bytes.data() + first, static_cast<int>(count), MPI_BYTE, root, handle_->mpi), "MPI_Bcast");
    });
}

void Communicator::broadcast(std::string& text, int root) const {
    std::uint64_t length = text.size();
    broadcast(std::as_writable_bytes(std::span(&length, 1)), root);
    text.resize(length);
    broadcast(std::as_writable_bytes(std::span(text)), root);
}

std::vector<float> Communicator::gather(std::span<const float> values, int root) const {
    const auto size = static_cast<std::size_t>(size_);
    const std::uint64_t mine = values.size();
    std::vector<std::uint64_t> counts(size);
    check(MPI_Gather(&mine, 1, MPI_UINT64_T, counts.data(), 1, MPI_UINT64_T, root, handle_->mpi), "MPI_Gather");

    // Point to point, in pieces: no limit of int on the whole.
    constexpr std::size_t limit = max_message_bytes / sizeof(float);
    if (rank_ != root) {
        for_each_piece(values.size(), limit, [&](std::size_t first, std::size_t count) {
            check(MPI_Send(values.data() + first, static_cast<int>(count), MPI_FLOAT, root, text_tag, handle_->mpi),
                  "MPI_Send");
        });
        return {};
    }
    std::vector<float> all;
    for (std::size_t rank = 0; rank < size; ++rank) {
        if (static_cast<int>(rank) == root) {
            all.insert(all.end(), values.begin(), values.end());
            continue;
        }
        const std::size_t start = all.size();
        all.resize(start + counts[rank]);
        for_each_piece(counts[rank], limit, [&](std::size_t first, std::size_t count) {
            check(MPI_Recv(all.data() + start + first, static_cast<int>(count), MPI_FLOAT, static_cast<int>(rank),
                           text_tag, handle_->mpi, MPI_STATUS_IGNORE),
                  "MPI_Recv");
        });
    }
    return all;
}

std::vector<std::string> Communicator::all_gather(const std::string& text) const {
    std::vector<std::string> texts(static_cast<std::size_t>(size_));
    texts[static_cast<std::size_t>(rank_)] = text;
    for (int rank = 0; rank < size_; ++rank) broadcast(texts[static_cast<std::size_t>(rank)], rank);
    return texts;
}

std::vector<std::int64_t> Communicator::all_gather(std::int64_t value) const {
    std::vector<std::int64_t> all(static_cast<std::size_t>(size_));
    check(MPI_Allgather(&value, 1, MPI_INT64_T, all.data(), 1, MPI_INT64_T, handle_->mpi), "MPI_Allgather");
    return all;
}

void Communicator::all_gather(std::span<const float> values, std::span<float> all) const {
    expects(all.size() == values.size() * static_cast<std::size_t>(size_), "all_gather: room for every rank's values");
    for_each_piece(values.size(), gather_piece, [&](std::size_t first, std::size_t count) {
        const StridedType piece(count, values.size());  // straight to where the whole of each rank belongs
        check(MPI_Allgather(values.data() + first, static_cast<int>(count), MPI_FLOAT, all.data() + first, 1,
                            piece.mpi(), handle_->mpi),
              "MPI_Allgather");
    });
}

}  // namespace gridring::comm
