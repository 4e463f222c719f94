// SPDX-License-Identifier: MIT
#pragma once

// The seam between the passes over tiles (plain C++) and what is compiled once for every instruction set. A tile of
// queries lies transposed, queries in the lanes of the vectors: then the maximum and the sum of a row are vertical,
// keys and values are broadcast from rows as they are, and nothing is shuffled between the two products.

#include <cstdint>

namespace gridring::attention::simd {

/// Keys of one head, gathered: valid ones only. Rows up to the next multiple of MicroKernels::rows are zeros.
struct KeyBlock {
    std::int64_t count, head_dim;
    std::int64_t row_stride;       ///< floats between rows of k and v
    const float* k;                ///< rows
    const float* v;                ///< rows; read by the backward pass alone
    const float* panels;           ///< of v going forward, of k going backward: [ceil(D / rows)][keys][rows]
    std::int64_t panel_stride;     ///< floats between panels
    const std::int32_t* position;  ///< relative to a base of the block; behind `count` larger than any position
    const std::int32_t* segment;   ///< nullptr where segments decide nothing
};

/// Which keys of a block a tile sees: some query sees each of [begin, end), every query those of [full_begin,
/// full_end).
struct KeyRange {
    std::int64_t begin, end, full_begin, full_end;
};

/// Of each lane: the range of positions that it sees, relative to the base of the block, and its segment.
struct LaneLimits {
    const std::int32_t *lowest, *highest, *segment;
};

/// A tile of `width` queries, a multiple of the lanes. Arrays of `width`, matrices of D x width, 64-byte aligned.
struct ForwardTile {
    std::int64_t width;
    const float* q;  ///< D x width, times scale log2(e)
    float* acc;      ///< D x width, D rounded up to whole panels
    float* max;      ///< width; `no_key` before the first key
    float* sum;      ///< width
    LaneLimits limits;
};
inline constexpr float no_key = -1e30F;

/// One tile against one block, backwards. Rows of the padding have lse = -no_key: then their weights are 0.
struct BackwardTile {
    std::int64_t width, row_stride;
    const float *q, *dout;            ///< D x width; q times scale log2(e)
    const float *q_rows, *dout_rows;  ///< width x D with row_stride, zeros from D to row_stride
    const float *lse, *delta;         ///< width; lse times log2(e)
    float* dq;                        ///< D x width, D rounded up to whole panels; added to; without the scale
    float *dk, *dv;                   ///< rows of the block with row_stride, added to; dk without the scale
    LaneLimits limits;
};

struct MicroKernels {
    const char* instructions;
    std::int64_t lanes, rows,
        vectors;  ///< a register tile is rows x vectors; a full query tile is vectors * lanes wide

    /// Folds the keys of `range` into the running softmax of a tile. `weights` is scratch of count x
    /// width, count rounded up to `rows`.
    void (*fold)(const ForwardTile& tile, const KeyBlock& keys, const KeyRange& range, float* weights);
    /// Adds the gradients of one (tile, block) pair. `p` and `ds` are scratch of
    /// count x width each, count rounded up to `rows`.
    void (*differentiate)(const BackwardTile& tile, const KeyBlock& keys, const KeyRange& range, float* p, float* ds);
    /// to[d * width + i] = factor * from[i * stride + d] for i < count, d < D; 0 for count <= i < width.
    void (*transpose_in)(const float* from, std::int64_t stride, std::int64_t count, std::int64_t D, float factor,
                         float* to, std::int64_t width);
    /// to[i * stride + d] = factor * from[d * width + i] for i < count, d < D.
    void (*transpose_out)(const float* from, std::int64_t width, std::int64_t count, std::int64_t D, float factor,
                          float* to, std::int64_t stride);
    /// to[i * to_stride + d] = from[i * from_stride + d] for i < count, d < D; 0 for the rest of `height` rows of
    /// to_stride, whole vectors: whatever is multiplied with the padding adds nothing.
    void (*copy_rows)(const float* from, std::int64_t from_stride, std::int64_t count, std::int64_t D, float* to,
                      std::int64_t to_stride, std::int64_t height);
    /// to[i * to_stride + d] += factor * from[i * from_stride + d] for i < count, d < D; from_stride is whole vectors.
    void (*add_rows)(const float* from, std::int64_t from_stride, std::int64_t count, std::int64_t D, float factor,
                     float* to, std::int64_t to_stride);
};

/// Of the widest instruction set that this machine has and GRIDRING_SIMD allows.
const MicroKernels& micro_kernels();

}  // namespace gridring::attention::simd
