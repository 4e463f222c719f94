// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace gridring::extract {

/// Equally many intervals of one track.
struct Block {
    static constexpr std::size_t intervals = 4096;

    Block();

    std::array<double, intervals> values;  ///< NaN = none
    std::array<std::uint8_t, intervals> states{};
};

/// Blocks by number. As many as the memory allowed holds stay there; the others, those not asked for lately, go to a
/// file without a name, which the system removes with the process. Windows come in the order of their hours, so that
/// few blocks are in use at a time. Not thread-safe.
class BlockStore {
public:
    static constexpr std::size_t usual_bytes = std::size_t{48} << 20;

    /// The folder is made when the first block goes out; an empty one stands for the system's for temporary files.
    explicit BlockStore(std::filesystem::path folder, std::size_t most_bytes = usual_bytes);
    ~BlockStore();
    BlockStore(const BlockStore&) = delete;
    BlockStore& operator=(const BlockStore&) = delete;

    /// The number of a new block.
    std::size_t add();

    /// Valid until the next call. Throws StoreError where the file cannot be written or read.
    Block& change(std::size_t number);
    const Block& look(std::size_t number);

private:
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    struct Slot {
        std::unique_ptr<Block> block;
        std::size_t number = nowhere;
        bool is_changed = false, was_used = false;
    };

    Slot& slot_of(std::size_t number);
    /// One whose block is not in use, now that of `number`.
    Slot& take_slot(std::size_t number);
    void write_out(const Slot& slot);
    void read_in(Slot& slot);
    void open();

    std::filesystem::path folder_;
    const std::size_t most_slots_;
    std::vector<Slot> slots_;
    std::vector<std::size_t> slot_by_number_;
    std::size_t hand_ = 0;  ///< second chance: the next slot to be looked at
    int fd_ = -1;
};

}  // namespace gridring::extract
