// SPDX-License-Identifier: MIT
#pragma once

// Every loop over a register tile is unrolled whole, so that the tile lives in registers.
#define GRIDRING_FOR(i, count) _Pragma("GCC unroll 16") for (int i = 0; i < (count); ++i)
