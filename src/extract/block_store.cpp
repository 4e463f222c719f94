// SPDX-License-Identifier: MIT
#include "block_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "gridring/core/error.hpp"
#include "gridring/store/encryption.hpp"

namespace gridring::extract {
namespace {

off_t place_of(std::size_t number) { return static_cast<off_t>(number * (sizeof(Block) + store::encryption_overhead)); }

}  // namespace

Block::Block() { values.fill(std::numeric_limits<double>::quiet_NaN()); }

BlockStore::BlockStore(std::filesystem::path folder, std::size_t most_bytes)
    : folder_(std::move(folder)), most_slots_(std::max<std::size_t>(1, most_bytes / sizeof(Block))) {}

BlockStore::~BlockStore() {
    if (fd_ >= 0) ::close(fd_);
}

std::size_t BlockStore::add() {
    const std::size_t number = slot_by_number_.size();
    slot_by_number_.push_back(nowhere);
    Slot& slot = take_slot(number);
    *slot.block = Block();
    slot.is_changed = true;
    return number;
}

Block& BlockStore::change(std::size_t number) {
    Slot& slot = slot_of(number);
    slot.is_changed = true;
    return *slot.block;
}

const Block& BlockStore::look(std::size_t number) { return *slot_of(number).block; }

BlockStore::Slot& BlockStore::slot_of(std::size_t number) {
    if (slot_by_number_[number] != nowhere) {
        Slot& slot = slots_[slot_by_number_[number]];
        slot.was_used = true;
        return slot;
    }
    Slot& slot = take_slot(number);
    read_in(slot);
    return slot;
}

BlockStore::Slot& BlockStore::take_slot(std::size_t number) {
    std::size_t at = slots_.size();
    if (at < most_slots_) {
        slots_.push_back({std::make_unique<Block>()});
    } else {
        while (std::exchange(slots_[hand_].was_used, false)) hand_ = (hand_ + 1) % most_slots_;
        at = std::exchange(hand_, (hand_ + 1) % most_slots_);
        if (slots_[at].is_changed) write_out(slots_[at]);
        if (slots_[at].number != nowhere) slot_by_number_[slots_[at].number] = nowhere;
    }
    Slot& slot = slots_[at];
    slot.number = number, slot.is_changed = false, slot.was_used = true;
    slot_by_number_[number] = at;
    return slot;
}

void BlockStore::write_out(const Slot& slot) {
    if (fd_ < 0) open();
    const std::string bytes = store::encrypt_if_asked({reinterpret_cast<const char*>(slot.block.get()), sizeof(Block)});
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), place_of(slot.number));
    if (written != std::ssize(bytes))
        throw StoreError(folder_.string(), std::string("no room for hours that do not fit into memory: ") +
                                               (written < 0 ? std::strerror(errno) : "the file system is full"));
}

void BlockStore::read_in(Slot& slot) {
    std::string bytes(sizeof(Block) + (store::has_key() ? store::encryption_overhead : 0), '\0');
    if (::pread(fd_, bytes.data(), bytes.size(), place_of(slot.number)) == std::ssize(bytes)) {
        if (store::has_key()) bytes = store::decrypt_if_encrypted(std::move(bytes), folder_);
        std::memcpy(static_cast<void*>(slot.block.get()), bytes.data(), sizeof(Block));
        return;
    }
    slot_by_number_[std::exchange(slot.number, nowhere)] = nowhere;
    throw StoreError(folder_.string(), "hours that did not fit into memory cannot be read again");
}

void BlockStore::open() {
    std::error_code error;
    if (folder_.empty()) folder_ = std::filesystem::temp_directory_path(error);
    if (error)
        throw StoreError("TMPDIR", "expected a folder for hours that do not fit into memory: " + error.message());
    std::filesystem::create_directories(folder_, error);
    std::string file = (folder_ / ".hours-XXXXXX").string();
    fd_ = ::mkostemp(file.data(), O_CLOEXEC);
    if (fd_ < 0)
        throw StoreError(file, std::string("cannot be made, for hours that do not fit into memory: ") +
                                   (error ? error.message() : std::strerror(errno)));
    ::unlink(file.c_str());
}

}  // namespace gridring::extract
