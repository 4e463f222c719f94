// SPDX-License-Identifier: MIT
#include "gridring/comm/block_buffer.hpp"

#include <cstring>
#include <exception>

#include "comm/window.hpp"
#include "gridring/comm/node_group.hpp"
#include "gridring/core/large_pages.hpp"

namespace gridring::comm {

BlockBuffer::BlockBuffer(std::size_t bytes) : data_(static_cast<std::byte*>(allocate_pages(bytes))), size_(bytes) {
    std::memset(data_.get(), 0, bytes);
}

BlockBuffer::BlockBuffer(const NodeGroup& node, std::size_t bytes) : size_(bytes) {
    auto window = std::make_unique<Window>(node.local(), bytes);
    const auto sizes = node.local().all_gather(static_cast<std::int64_t>(bytes));
    for (int rank = 0; rank < node.size(); ++rank)
        peers_.emplace_back(window->of(rank), static_cast<std::size_t>(sizes[static_cast<std::size_t>(rank)]));
    std::byte* own = window->own();
    data_ = {own, Free(window.release())};
    std::memset(own, 0, bytes);
    node.local().barrier();  // nobody writes to a partner's memory before it has been zeroed
}

void BlockBuffer::Free::operator()(std::byte* memory) const noexcept {
    if (window != nullptr)
        delete window;
    else if (std::uncaught_exceptions() == 0)  // an exchange that missed its deadline may go on reading and writing
        free_pages(memory);
}

}  // namespace gridring::comm
