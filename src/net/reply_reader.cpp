// SPDX-License-Identifier: MIT
#include "reply_reader.hpp"

#include <fmt/format.h>

#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "gridring/net/gzip.hpp"

namespace gridring::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Parser = http::response_parser<http::string_body>;
using Error = Connection::Error;

constexpr std::size_t slice = 64 << 10;

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

/// Feeds the parser until the message is whole. Counts what arrived.
Error read_message(Connection& connection, Parser& parser, beast::flat_buffer& buffer, std::int64_t& bytes) {
    Error error;
    while (!parser.is_done()) {
        if (buffer.size() > 0) {
            buffer.consume(parser.put(buffer.data(), error));
            if (error && error != http::error::need_more) return error;
            if (parser.is_done()) break;
        }
        std::size_t count = 0;
        error = connection.read_some(static_cast<char*>(buffer.prepare(slice).data()), slice, count);
        buffer.commit(count);
        bytes += static_cast<std::int64_t>(count);
        if (error == asio::error::eof && bytes > 0) {
            parser.put_eof(error);  // the end of a body that only the end of the connection delimits
            return error;
        }
        if (error) return error;
    }
    return {};
}

/// Old servers end a reply with a blank line that belongs to nothing; anything else shows that its length was wrong.
bool is_blank(const beast::flat_buffer& rest) {
    const std::string_view text(static_cast<const char*>(rest.data().data()), rest.size());
    return text.find_first_not_of("\r\n") == std::string_view::npos;
}

Result finish(Parser& parser, std::int64_t bytes, const ReplyLimits& limits) {
    auto message = parser.release();
    Reply reply{static_cast<int>(message.result_int()), {}, {}, bytes};
    for (const auto& field : message)
        reply.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    const auto encoding = find_header(reply.headers, "Content-Encoding").value_or("identity");
    if (encoding == "identity") {
        reply.body = std::move(message.body());
    } else if (encoding == "gzip") {
        bool is_too_large = false;
        auto unpacked = gunzip(message.body(), limits.body_bytes, &is_too_large);
        if (is_too_large)
            return broken(fmt::format("its gzip body unpacks to more than {} bytes", limits.body_bytes), false);
        if (!unpacked) return broken("its gzip body is damaged");
        reply.body = std::move(*unpacked);
    } else {
        return broken(fmt::format("its body is encoded as '{}', expected gzip or none", encoding), false);
    }
    return reply;
}

}  // namespace

Received read_reply(Connection& connection, const ReplyLimits& limits) {
    beast::flat_buffer buffer;
    std::int64_t bytes = 0;
    for (;;) {
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        parser.body_limit(limits.body_bytes);
        parser.eager(true);
        if (const Error error = read_message(connection, parser, buffer, bytes))
            return {explain(error, limits), false, bytes == 0 && is_closed_by_peer(error)};
        if (parser.get().result_int() < 200) continue;  // 100 Continue and other notes before the reply
        if (!is_blank(buffer)) return {broken("it sent more than its header announced"), false, false};
        const bool can_go_on = parser.keep_alive() && buffer.size() == 0;
        return {finish(parser, bytes, limits), can_go_on, false};
    }
}

std::string describe(const Error& error) {
    if (error == beast::error::timeout) return "it took longer than allowed";
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) return "it closed the connection";
    return error.message();
}

bool is_closed_by_peer(const Error& error) {
    return error == asio::error::eof || error == asio::error::connection_reset || error == asio::error::broken_pipe ||
           error == asio::error::connection_aborted || error == asio::ssl::error::stream_truncated;
}

}  // namespace gridring::net
