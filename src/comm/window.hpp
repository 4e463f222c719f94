// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "comm/handle.hpp"

namespace gridring::comm {

/// Memory that the ranks of a node read and write directly, in an access epoch that lasts as long as the window.
/// Making and freeing it are collective over the node; like a communicator it is left to the end of the process when
/// it is destroyed while unwinding, since the partners may not come.
class Window {
public:
    /// `bytes` of this rank, 64-byte aligned, not touched yet: near the core that touches it first. Throws
    /// CommError, also where stores of a partner would not be seen without further calls (MPI_WIN_SEPARATE).
    Window(const Communicator& node, std::size_t bytes);
    ~Window();
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

    std::byte* own() const { return own_; }
    std::byte* of(int rank) const;
    /// What the standard asks for between loads and stores of different ranks; a memory fence.
    void sync() const { check(MPI_Win_sync(mpi_), "MPI_Win_sync"); }

private:
    MPI_Win mpi_ = MPI_WIN_NULL;
    std::byte* own_ = nullptr;
};

}  // namespace gridring::comm
