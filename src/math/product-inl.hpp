// SPDX-License-Identifier: MIT
// Included once for every instruction set (hwy/foreach_target.h).
#if defined(GRIDRING_MATH_PRODUCT_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRIDRING_MATH_PRODUCT_INL
#undef GRIDRING_MATH_PRODUCT_INL
#else
#define GRIDRING_MATH_PRODUCT_INL
#endif

#include <hwy/highway.h>

// Every loop over a register tile is unrolled whole, so that the tile lives in registers.
#ifndef GRIDRING_TILE
#define GRIDRING_TILE(i, count) _Pragma("GCC unroll 16") for (int i = 0; i < (count); ++i)
#endif

HWY_BEFORE_NAMESPACE();
namespace gridring::math::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

inline constexpr std::int64_t lanes = hn::MaxLanes(Floats());
inline constexpr std::int64_t depth = 128;
// A register tile: with 32 registers 24 accumulators, 3 vectors and a broadcast; with 16 half as many rows.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
inline constexpr int tile_rows = 8, tile_vectors = 3;
#else
inline constexpr int tile_rows = 4, tile_vectors = 3;
#endif

/// Where a panel begins and how many vectors it has: as equal as can be, since narrow tiles keep the units less busy.
struct Panel {
    std::int64_t first, count;
};
template <class Visit>
HWY_INLINE void for_each_panel(std::int64_t cols, const Visit& visit) {
    const std::int64_t vectors = (cols + lanes - 1) / lanes, panels = (vectors + tile_vectors - 1) / tile_vectors;
    for (std::int64_t panel = 0, done = 0; panel < panels; ++panel) {
        const std::int64_t share = (vectors - done + panels - panel - 1) / (panels - panel);
        visit(Panel{done, share});
        done += share;
    }
}

/// to[i][c] = b[i][first + c] for C vectors of columns; zeros behind the last one.
template <int C>
HWY_INLINE void pack_columns(const ConstMatrixView& b, std::int64_t begin, float* to) {
    constexpr std::int64_t width = C * lanes;
    const float* from = b.data + begin;
    if (const std::int64_t have = b.cols - begin; have < width) {
        for (std::int64_t i = 0; i < b.rows; ++i, from += b.stride, to += width) {
            std::copy_n(from, have, to);
            std::fill(to + have, to + width, 0.0F);
        }
        return;
    }
    for (std::int64_t i = 0; i < b.rows; ++i, from += b.stride, to += width) {
        GRIDRING_TILE(c, C) hn::Store(hn::LoadU(Floats(), from + c * lanes), Floats(), to + c * lanes);
    }
}

HWY_INLINE void pack_panel(const ConstMatrixView& b, const Panel& panel, float* to) {
    if (panel.count == 3) pack_columns<3>(b, panel.first * lanes, to);
    if (panel.count == 2) pack_columns<2>(b, panel.first * lanes, to);
    if (panel.count == 1) pack_columns<1>(b, panel.first * lanes, to);
}

void pack(const ConstMatrixView& b, float* to) {
    const std::int64_t padded = (b.cols + lanes - 1) / lanes * lanes;
    for (std::int64_t first = 0; first < b.rows; first += depth) {
        const auto block = b.middle_rows(first, std::min(depth, b.rows - first));
        for_each_panel(b.cols, [&](const Panel& panel) HWY_ATTR {
            pack_panel(block, panel, to + first * padded + panel.first * lanes * block.rows);
        });
    }
}

void pack_transposed(const ConstMatrixView& b, float* to) {
    const std::int64_t padded = (b.rows + lanes - 1) / lanes * lanes;
    for (std::int64_t first = 0; first < b.cols; first += depth) {
        const std::int64_t rows = std::min(depth, b.cols - first);
        for_each_panel(b.rows, [&](const Panel& panel) HWY_ATTR {
            const std::int64_t width = panel.count * lanes, begin = panel.first * lanes;
            float* block = to + first * padded + begin * rows;
            for (std::int64_t c = 0; c < width; ++c) {
                const float* from = begin + c < b.rows ? b.row(begin + c) + first : nullptr;
                for (std::int64_t i = 0; i < rows; ++i) block[i * width + c] = from ? from[i] : 0.0F;
            }
        });
    }
}

/// R x C vectors in registers.
template <int R, int C>
struct Tile {
    Vector at[R][C];

    HWY_INLINE void set_zero() {
        GRIDRING_TILE(r, R) { GRIDRING_TILE(c, C) at[r][c] = hn::Zero(Floats()); }
    }
    /// += the sum over i < count of a[r * row_stride + i * step] b[i * C * lanes + c]: a is broadcast.
    HWY_INLINE void add_products(const float* a, std::int64_t row_stride, std::int64_t step, const float* b,
                                 std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i, a += step, b += C * lanes) {
            Vector y[C];
            GRIDRING_TILE(c, C) y[c] = hn::Load(Floats(), b + c * lanes);
            GRIDRING_TILE(r, R) {
                const Vector x = hn::Set(Floats(), a[r * row_stride]);
                GRIDRING_TILE(c, C) at[r][c] = hn::MulAdd(x, y[c], at[r][c]);
            }
        }
    }
    HWY_INLINE void store(float* to, std::int64_t stride) const {
        GRIDRING_TILE(r, R) { GRIDRING_TILE(c, C) hn::StoreU(at[r][c], Floats(), to + r * stride + c * lanes); }
    }
    HWY_INLINE void add_to(float* to, std::int64_t stride) const {
        GRIDRING_TILE(r, R) {
            GRIDRING_TILE(c, C) {
                float* sum = to + r * stride + c * lanes;
                hn::StoreU(hn::Add(hn::LoadU(Floats(), sum), at[r][c]), Floats(), sum);
            }
        }
    }
    /// Of `cols` columns only, of a panel that ends within a vector.
    HWY_NOINLINE void put_part(float* to, std::int64_t stride, std::int64_t cols, bool is_first) const {
        HWY_ALIGN float whole[static_cast<std::size_t>(R * C * lanes)];
        store(whole, C * lanes);
        for (int r = 0; r < R; ++r)
            for (std::int64_t c = 0; c < cols; ++c)
                to[r * stride + c] = whole[r * C * lanes + c] + (is_first ? 0.0F : to[r * stride + c]);
    }
};

/// How the left factor lies: row r, index i of the sum at data[r * row_stride + i * step].
struct Left {
    const float* data;
    std::int64_t row_stride, step;
};

template <int R, int C>
HWY_INLINE void multiply_tile(const Left& a, const float* b, std::int64_t count, float* out, std::int64_t stride,
                              std::int64_t cols, bool is_first) {
    Tile<R, C> tile;
    if (cols >= C * lanes && !is_first) {  // asked for now, needed when the sum is done
        GRIDRING_TILE(r, R) { GRIDRING_TILE(c, C) __builtin_prefetch(out + r * stride + c * lanes, 1); }
    }
    tile.set_zero();
    tile.add_products(a.data, a.row_stride, a.step, b, count);
    if (cols < C * lanes)
        tile.put_part(out, stride, cols, is_first);
    else if (is_first)
        tile.store(out, stride);
    else
        tile.add_to(out, stride);
}

/// All rows against one panel. Full tiles take their left factor from at(row): rows as they are, or packed.
template <int C, class At>
HWY_INLINE void multiply_panel(std::int64_t rows, const At& at, const float* b, std::int64_t count, float* out,
                               std::int64_t stride, std::int64_t cols, bool is_first) {
    std::int64_t row = 0;
    const auto tiles = [&]<int R>() HWY_ATTR {
        for (; row + R <= rows; row += R)
            multiply_tile<R, C>(at(row), b, count, out + row * stride, stride, cols, is_first);
    };
    if constexpr (tile_rows >= 8) tiles.template operator()<8>();
    tiles.template operator()<4>();
    tiles.template operator()<2>();
    tiles.template operator()<1>();
}

/// All of `out`; panel_at gives the panels of the right factor.
template <class At, class PanelAt>
HWY_INLINE void multiply_block(std::int64_t rows, const At& at, const PanelAt& panel_at, std::int64_t count,
                               const MatrixView& out, bool is_first) {
    for_each_panel(out.cols, [&](const Panel& panel) HWY_ATTR {
        const std::int64_t begin = panel.first * lanes, cols = std::min(panel.count * lanes, out.cols - begin);
        const float* b = panel_at(panel);
        float* to = out.data + begin;
        if (panel.count == 3) multiply_panel<3>(rows, at, b, count, to, out.stride, cols, is_first);
        if (panel.count == 2) multiply_panel<2>(rows, at, b, count, to, out.stride, cols, is_first);
        if (panel.count == 1) multiply_panel<1>(rows, at, b, count, to, out.stride, cols, is_first);
    });
}

void multiply(const ConstMatrixView& a, const float* packed, const MatrixView& out, Update update) {
    const std::int64_t padded = (out.cols + lanes - 1) / lanes * lanes;
    for (std::int64_t first = 0; first < a.cols; first += depth) {
        const std::int64_t count = std::min(depth, a.cols - first);
        const auto at = [&](std::int64_t row) HWY_ATTR { return Left{a.row(row) + first, a.stride, 1}; };
        const auto panel_at = [&](const Panel& panel)
                                  HWY_ATTR { return packed + first * padded + panel.first * lanes * count; };
        multiply_block(a.rows, at, panel_at, count, out, first == 0 && update == Update::replace);
    }
}

/// Columns of a side by side, as a tile will read them.
inline void pack_left(const ConstMatrixView& a, float* to) {
    for (std::int64_t c = 0; c < a.cols; c += tile_rows, to += tile_rows * a.rows) {
        if (const std::int64_t have = a.cols - c; have < tile_rows)
            for (std::int64_t i = 0; i < a.rows; ++i) std::copy_n(a.row(i) + c, have, to + i * tile_rows);
        else
            for (std::int64_t i = 0; i < a.rows; ++i) std::copy_n(a.row(i) + c, tile_rows, to + i * tile_rows);
    }
}

std::int64_t scratch_tn(std::int64_t cols) { return depth * (tile_vectors * lanes + cols + tile_rows); }

void multiply_tn(const ConstMatrixView& a, const ConstMatrixView& b, const MatrixView& out, float* scratch) {
    float* left = scratch + depth * tile_vectors * lanes;
    pack_left(a, left);
    const auto at = [&](std::int64_t row) HWY_ATTR {
        return Left{left + row / tile_rows * tile_rows * a.rows + row % tile_rows, 1, tile_rows};
    };
    const auto panel_at = [&](const Panel& panel) HWY_ATTR {  // one at a time: all would not stay in the cache
        pack_panel(b, panel, scratch);
        return static_cast<const float*>(scratch);
    };
    multiply_block(a.cols, at, panel_at, a.rows, out, false);
}

}  // namespace gridring::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
