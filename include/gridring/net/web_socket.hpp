// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

namespace gridring::net {

/// One open page (RFC 6455), to which the server pushes texts; what the page sends is read and dropped. Lives while the
/// connection does: keep a weak_ptr.
class WebSocket {
public:
    virtual ~WebSocket() = default;
    /// Queues one message behind those under way; from any thread. A page that is 64 messages or 64 MiB behind is
    /// closed instead, and may ask anew.
    virtual void send(std::shared_ptr<const std::string> text) = 0;
};

}  // namespace gridring::net
