// SPDX-License-Identifier: MIT
#include "web_socket_session.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <deque>
#include <utility>

namespace gridring::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using Error = boost::system::error_code;

constexpr std::size_t longest_message = 4096;  // that a page may send
constexpr std::size_t most_queued = 64;
constexpr std::size_t most_queued_bytes = std::size_t{64} << 20;

/// Keeps itself alive through the read that it always waits for.
template <class Stream>
class WebSocketSession : public WebSocket, public std::enable_shared_from_this<WebSocketSession<Stream>> {
public:
    WebSocketSession(Stream stream, std::chrono::milliseconds idle) : stream_(std::move(stream)) {
        beast::get_lowest_layer(stream_).expires_never();  // the WebSocket has deadlines of its own
        auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::server);
        timeouts.idle_timeout = idle;
        timeouts.keep_alive_pings = true;
        stream_.set_option(timeouts);
        stream_.read_message_max(longest_message);
    }

    void open(const UpgradeRequest& request, const WebSocketOpened& opened) {
        stream_.async_accept(request, [self = this->shared_from_this(), opened](const Error& error) {
            if (error) return;
            opened(self);
            self->read();
        });
    }

    void send(std::shared_ptr<const std::string> text) override {
        asio::post(stream_.get_executor(), [self = this->shared_from_this(), text = std::move(text)]() mutable {
            self->queue(std::move(text));
        });
    }

private:
    void read() {
        stream_.async_read(heard_, [self = this->shared_from_this()](const Error& error, std::size_t) {
            self->heard_.clear();
            if (!error) self->read();
        });
    }

    void queue(std::shared_ptr<const std::string> text) {
        queued_bytes_ += text->size();
        queue_.push_back(std::move(text));
        if (queue_.size() > most_queued || (queue_.size() > 1 && queued_bytes_ > most_queued_bytes))
            return beast::get_lowest_layer(stream_).close();
        if (queue_.size() == 1) write();
    }

    void write() {
        stream_.text(true);
        stream_.async_write(asio::buffer(*queue_.front()),
                            [self = this->shared_from_this()](const Error& error, std::size_t) {
                                if (error) return;  // the read ends with one as well, and the session with it
                                self->queued_bytes_ -= self->queue_.front()->size();
                                self->queue_.pop_front();
                                if (!self->queue_.empty()) self->write();
                            });
    }

    websocket::stream<Stream, false> stream_;  // without deflate: JSON on loopback, and a minute less to compile
    beast::flat_buffer heard_;
    std::deque<std::shared_ptr<const std::string>> queue_;  // the first is under way
    std::size_t queued_bytes_ = 0;
};

template <class Stream>
void open(Stream stream, const UpgradeRequest& request, std::chrono::milliseconds idle, const WebSocketOpened& opened) {
    std::make_shared<WebSocketSession<Stream>>(std::move(stream), idle)->open(request, opened);
}

}  // namespace

bool asks_for_web_socket(const UpgradeRequest& request) { return websocket::is_upgrade(request); }

void open_web_socket(beast::tcp_stream stream, const UpgradeRequest& request, std::chrono::milliseconds idle,
                     const WebSocketOpened& opened) {
    open(std::move(stream), request, idle, opened);
}

void open_web_socket(asio::ssl::stream<beast::tcp_stream> stream, const UpgradeRequest& request,
                     std::chrono::milliseconds idle, const WebSocketOpened& opened) {
    open(std::move(stream), request, idle, opened);
}

}  // namespace gridring::net
