// SPDX-License-Identifier: MIT
#include "comm/window.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>

namespace gridring::comm {
namespace {

constexpr std::size_t alignment = 64;

/// A segment per rank instead of one for all: its pages lie where their owner touches them first.
class SegmentPerRank {
public:
    SegmentPerRank() {
        check(MPI_Info_create(&info_), "MPI_Info_create");
        check(MPI_Info_set(info_, "alloc_shared_noncontig", "true"), "MPI_Info_set");
    }
    ~SegmentPerRank() { MPI_Info_free(&info_); }
    SegmentPerRank(const SegmentPerRank&) = delete;
    SegmentPerRank& operator=(const SegmentPerRank&) = delete;
    MPI_Info mpi() const { return info_; }

private:
    MPI_Info info_ = MPI_INFO_NULL;
};

/// MPI libraries put books of their own before the memory. Windows are mapped at whole pages, so that every process of
/// the node finds the same place.
std::byte* aligned(std::byte* memory) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    return memory + (alignment - address % alignment) % alignment;
}

}  // namespace

Window::Window(const Communicator& node, std::size_t bytes) {
    const SegmentPerRank info;
    const std::size_t whole_lines = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
    check(MPI_Win_allocate_shared(static_cast<MPI_Aint>(whole_lines + alignment), 1, info.mpi(), node.handle().mpi,
                                  &own_, &mpi_),
          "MPI_Win_allocate_shared");
    own_ = aligned(own_);
    check(MPI_Win_set_errhandler(mpi_, MPI_ERRORS_RETURN), "MPI_Win_set_errhandler");
    int* model = nullptr;
    int is_known = 0;
    check(MPI_Win_get_attr(mpi_, MPI_WIN_MODEL, &model, &is_known), "MPI_Win_get_attr");
    if (is_known == 0 || *model != MPI_WIN_UNIFIED)
        throw CommError(
            "expected shared windows of the unified memory model, found an MPI library without them. "
            "Mend: choose the exchange sendrecv");
    check(MPI_Win_lock_all(MPI_MODE_NOCHECK, mpi_), "MPI_Win_lock_all");
}

Window::~Window() {
    int is_finalized = 0;
    MPI_Finalized(&is_finalized);
    if (is_finalized != 0 || std::uncaught_exceptions() > 0) return;
    MPI_Win_unlock_all(mpi_);
    MPI_Win_free(&mpi_);
}

std::byte* Window::of(int rank) const {
    MPI_Aint size = 0;
    int unit = 0;
    std::byte* memory = nullptr;
    check(MPI_Win_shared_query(mpi_, rank, &size, &unit, &memory), "MPI_Win_shared_query");
    return aligned(memory);
}

}  // namespace gridring::comm
