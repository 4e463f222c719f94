// SPDX-License-Identifier: MIT
#pragma once

// The one place where MPI meets gridring: every call goes through check(), every message through pieces that fit an
// int.

#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "gridring/comm/communicator.hpp"
#include "gridring/core/error.hpp"

namespace gridring::comm {

struct Communicator::Handle {
    MPI_Comm mpi = MPI_COMM_NULL;
};

/// Throws CommError naming `call` and what MPI says of `code`.
inline void check(int code, const char* call) {
    if (code == MPI_SUCCESS) return;
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    MPI_Error_string(code, text, &length);
    throw CommError(std::string(call) + " failed: " + std::string(text, static_cast<std::size_t>(length)));
}

/// MPI counts are ints: larger messages go in pieces of at most this many bytes.
inline constexpr std::size_t max_message_bytes = std::size_t{1} << 30;

/// Calls step(offset, count) for consecutive pieces of `size` elements, each of at most `limit`.
template <class Step>
void for_each_piece(std::size_t size, std::size_t limit, const Step& step) {
    for (std::size_t offset = 0; offset < size; offset += limit) step(offset, std::min(limit, size - offset));
}

}  // namespace gridring::comm
