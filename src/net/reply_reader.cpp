// SPDX-License-Identifier: MIT
#include "reply_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "gridring/net/gzip.hpp"

namespace gridring::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Parser = http::response_parser<http::string_body>;
using Error = Connection::Error;

constexpr std::size_t head_slice = 16 << 10;   // [B] what comes of the body with it is copied once more
constexpr std::size_t body_slice = 256 << 10;  // [B] small enough to stay in the cache between clearing and filling

Failure broken(std::string why, bool may_heal = true) { return {Failure::Step::receive, may_heal, std::move(why)}; }

Failure explain(const Error& error, const ReplyLimits& limits) {
    if (error == http::error::header_limit)
        return broken(fmt::format("its header is longer than {} bytes", limits.header_bytes), false);
    if (error == http::error::body_limit)
        return broken(fmt::format("its reply is longer than {} bytes", limits.body_bytes), false);
    if (error == http::error::partial_message) return broken("it closed the connection in the middle of its reply");
    if (error.category() == make_error_code(http::error::bad_version).category())
        return broken("its reply is not HTTP/1.1: " + error.message());
    return broken(describe(error));
}

/// One reply as it comes in: the header by the parser, and a body of known length past it, straight into its string.
class Reader {
public:
    Reader(Connection& connection, const ReplyLimits& limits) : connection_(connection), limits_(limits) {}

    Error read_head();
    Error read_body();
    /// The header announced less than came.
    bool is_overfull();

    std::int64_t bytes() const { return bytes_; }
    const auto& head() const { return parser_->get(); }
    bool can_go_on() const { return parser_->keep_alive() && buffer_.size() == 0; }
    std::string take_body() { return std::move(body_); }

private:
    Error fill(std::size_t size);
    Error read_parsed();
    Error read_exactly(std::size_t length);

    Connection& connection_;
    const ReplyLimits& limits_;
    std::optional<Parser> parser_;
    beast::flat_buffer buffer_;  ///< received, not yet parsed
    std::string body_;
    std::int64_t bytes_ = 0;
};

/// At least one more byte into the buffer. The end of the connection is partial_message once anything has come.
Error Reader::fill(std::size_t size) {
    std::size_t count = 0;
    const Error error = connection_.read_some(static_cast<char*>(buffer_.prepare(size).data()), size, count);
    buffer_.commit(count);
    bytes_ += static_cast<std::int64_t>(count);
    return error == asio::error::eof && bytes_ > 0 ? Error(http::error::partial_message) : error;
}

/// Past 100 Continue and other notes before the reply.
Error Reader::read_head() {
    do {
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
        parser_->body_limit(limits_.body_bytes);
        while (!parser_->is_header_done()) {
            Error error;
            if (buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), error));
            if (error && error != http::error::need_more) return error;
            if (parser_->is_header_done()) break;
            error = fill(head_slice);
            if (error) return error;
        }
    } while (parser_->get().result_int() < 200);
    return {};
}

Error Reader::read_body() {
    if (parser_->is_done()) return {};
    const auto length = parser_->content_length();
    if (!length || parser_->chunked()) return read_parsed();
    if (*length > limits_.body_bytes) return http::error::body_limit;
    return read_exactly(static_cast<std::size_t>(*length));
}

/// A body in chunks, or one that only the end of the connection ends.
Error Reader::read_parsed() {
    parser_->eager(true);
    while (!parser_->is_done()) {
        Error error;
        if (buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), error));
        if (error && error != http::error::need_more) return error;
        if (parser_->is_done()) break;
        error = fill(body_slice);
        if (error == http::error::partial_message) {
            error = {};
            parser_->put_eof(error);  // still partial_message unless that was the end it waited for
        }
        if (error) return error;
    }
    body_ = std::move(parser_->get().body());
    return {};
}

Error Reader::read_exactly(std::size_t length) {
    body_.reserve(length + room_behind_bodies);
    std::size_t filled = std::min(length, buffer_.size());
    body_.assign(static_cast<const char*>(buffer_.data().data()), filled);
    buffer_.consume(filled);
    while (filled < length) {
        if (filled == body_.size()) body_.resize(std::min(length, filled + body_slice));
        std::size_t count = 0;
        const Error error = connection_.read_some(body_.data() + filled, body_.size() - filled, count);
        if (error == asio::error::eof) return http::error::partial_message;
        if (error) return error;
        filled += count;
        bytes_ += static_cast<std::int64_t>(count);
    }
    return {};
}

bool Reader::is_overfull() {
    if (buffer_.size() == 0) {
        char extra[16];
        std::size_t count = 0;
        connection_.read_pending(extra, sizeof extra, count);
        buffer_.commit(asio::buffer_copy(buffer_.prepare(count), asio::buffer(extra, count)));
    }
    // Old servers end a reply with a blank line that belongs to nothing.
    const std::string_view text(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    return text.find_first_not_of("\r\n") != std::string_view::npos;
}

Reply bare_reply(const Reader& reader) {
    Reply reply{static_cast<int>(reader.head().result_int()), {}, {}, reader.bytes(), {}};
    for (const auto& field : reader.head())
        reply.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    return reply;
}

Result finish(Reader& reader, const ReplyLimits& limits, bool keeps_packed) {
    Reply reply = bare_reply(reader);
    std::string body = reader.take_body();
    const auto encoding = find_header(reply.headers, "Content-Encoding").value_or("identity");
    if (encoding == "identity" || (encoding == "gzip" && body.empty())) {
        reply.body = std::move(body);
    } else if (encoding == "gzip") {
        bool is_too_large = false;
        auto unpacked = gunzip(body, limits.body_bytes, &is_too_large);
        if (is_too_large)
            return broken(fmt::format("its gzip body unpacks to more than {} bytes", limits.body_bytes), false);
        if (!unpacked) return broken("its gzip body is damaged");
        reply.body = std::move(*unpacked);
        if (keeps_packed) reply.packed = std::move(body);
    } else {
        return broken(fmt::format("its body is encoded as '{}', expected gzip or none", encoding), false);
    }
    return reply;
}

}  // namespace

Received read_reply(Connection& connection, const ReplyLimits& limits, bool keeps_packed) {
    Reader reader(connection, limits);
    Error error = reader.read_head();
    if (!error) error = reader.read_body();
    if (error) return {explain(error, limits), false, reader.bytes() == 0 && is_closed_by_peer(error)};
    if (reader.is_overfull()) return {broken("it sent more than its header announced"), false, false};
    const bool can_go_on = reader.can_go_on();
    return {finish(reader, limits, keeps_packed), can_go_on, false};
}

Result read_connect_reply(Connection& connection, const ReplyLimits& limits) {
    Reader reader(connection, limits);
    if (const Error error = reader.read_head()) return explain(error, limits);
    return bare_reply(reader);
}

std::string describe(const Error& error) {
    if (error == asio::error::timed_out) return "it took longer than allowed";
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) return "it closed the connection";
    return error.message();
}

bool is_closed_by_peer(const Error& error) {
    return error == asio::error::eof || error == asio::error::connection_reset || error == asio::error::broken_pipe ||
           error == asio::error::connection_aborted || error == asio::ssl::error::stream_truncated;
}

}  // namespace gridring::net
