// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <limits>

#include "eia_trouble.hpp"
#include "gridring/source/eia.hpp"

namespace gridring::source {
namespace {

namespace json = simdjson::ondemand;
using simdjson::simdjson_error;

/// "25" since 2.1.6, 25 before.
std::int64_t to_total(json::value value) {
    if (value.type() != json::json_type::string) return value.get_int64();
    return value.get_int64_in_string();
}

/// "2515" or "272.8" since 2.1.6, a number before; null where the respondent sent nothing.
double to_megawatts(json::value value) {
    switch (value.type()) {
        case json::json_type::null:
            return std::numeric_limits<double>::quiet_NaN();
        case json::json_type::string:
            return value.get_double_in_string();
        default:
            return value.get_double();
    }
}

/// Rows of a page come in full-key order, so the column of a row is most often the one after that of the row before.
class Columns {
public:
    explicit Columns(std::vector<Column>& columns) : columns_(columns) {}

    std::uint32_t find(std::string_view region, std::string_view item, std::string_view item_name) {
        for (std::size_t tried = 0; tried < columns_.size(); ++tried) {
            if (++last_ >= columns_.size()) last_ = 0;
            if (columns_[last_].item == item && columns_[last_].region == region)
                return static_cast<std::uint32_t>(last_);
        }
        last_ = columns_.size();
        columns_.push_back({std::string(region), std::string(item), std::string(item_name)});
        return static_cast<std::uint32_t>(last_);
    }

private:
    std::vector<Column>& columns_;
    std::size_t last_ = 0;
};

/// Rows of one hour stand together, so most periods are that of the row before.
class Hours {
public:
    std::optional<Hour> parse(std::string_view text) {
        if (text != last_text_ || !last_) last_ = parse_hour(text), last_text_ = text;
        return last_;
    }

private:
    std::string last_text_;
    std::optional<Hour> last_;
};

/// The fields of one row, as views into the body.
struct Fields {
    std::string_view period, region, item, item_name;
    double value = 0;
    bool has_value = false;
    std::string problem;
};

void read_value(json::value value, Fields& fields) {
    fields.has_value = true;
    const std::string_view text = value.raw_json_token();
    try {
        fields.value = to_megawatts(value);
    } catch (const simdjson_error&) {
        fields.problem = fmt::format("value {} is no number", printable(text, 60));
    }
}

std::string_view text_or_nothing(json::value value) {
    return value.type() == json::json_type::string ? std::string_view(value.get_string()) : std::string_view();
}

/// Columns in any order. A missing value column is a request without data[0]=value, so it is a fault of the row.
Fields read_fields(json::object object, const Route& route) {
    Fields fields;
    for (auto field : object) {
        const json::raw_json_string key = field.key();  // none of the names we look for has an escape in it
        if (key == "period")
            fields.period = text_or_nothing(field.value());
        else if (key == route.region)
            fields.region = text_or_nothing(field.value());
        else if (key == route.item)
            fields.item = text_or_nothing(field.value());
        else if (key == route.item_name)
            fields.item_name = text_or_nothing(field.value());
        else if (key == "value")
            read_value(field.value(), fields);
    }
    return fields;
}

void read_row(json::object object, const Route& route, Columns& columns, Hours& hours, Page& page) {
    Fields fields = read_fields(object, route);
    const auto hour = hours.parse(fields.period);
    if (!hour) fields.problem = fmt::format("period '{}' is no hour", printable(fields.period, 60));
    if (!fields.has_value) fields.problem = "it has no value";
    if (fields.region.empty() || fields.item.empty())
        fields.problem = fmt::format("it names no {} or no {}", route.region, route.item);
    if (!fields.problem.empty()) {
        page.bad_rows.push_back(fmt::format("{} {} {}: {}", printable(fields.period, 60), printable(fields.region, 60),
                                            printable(fields.item, 60), fields.problem));
        return;
    }
    page.rows.push_back({*hour, columns.find(fields.region, fields.item, fields.item_name), fields.value});
}

void read_warnings(json::array warnings, Page& page) {
    for (auto warning : warnings) page.warnings.emplace_back(std::string_view(simdjson::to_json_string(warning)));
}

/// False when the body tells of an error instead. Throws simdjson_error when it is anything else.
bool fill_page(json::document& body, const Route& route, Page& page) {
    Columns columns(page.columns);
    Hours hours;
    bool has_total = false, has_data = false;
    for (auto field : body.get_object()) {
        const std::string_view name = field.unescaped_key();
        if (name == "error") return false;
        if (name == "apiVersion") page.api_version = std::string_view(field.value().get_string());
        if (name != "response") continue;
        for (auto part : field.value().get_object()) {
            const std::string_view part_name = part.unescaped_key();
            if (part_name == "total") {
                page.total = to_total(part.value());
                has_total = true;
            } else if (part_name == "data") {
                page.rows.reserve(static_cast<std::size_t>(eia_page_rows));
                for (auto row : part.value().get_array()) read_row(row.get_object(), route, columns, hours, page);
                has_data = true;
            } else if (part_name == "warnings") {
                read_warnings(part.value().get_array(), page);
            }
        }
    }
    if (!has_total || !has_data) throw simdjson_error(simdjson::NO_SUCH_FIELD);
    return true;
}

bool fill_facets(json::document& body, std::vector<Facet>& facets) {
    bool has_facets = false;
    for (auto field : body.get_object()) {
        const std::string_view name = field.unescaped_key();
        if (name == "error") return false;
        if (name != "response") continue;
        for (auto facet : field.value()["facets"].get_array()) {
            std::string id(std::string_view(facet["id"].get_string()));
            facets.push_back({std::move(id), std::string(std::string_view(facet["name"].get_string()))});
        }
        has_facets = true;
    }
    if (!has_facets) throw simdjson_error(simdjson::NO_SUCH_FIELD);
    return true;
}

/// `fill` turns the body of a good reply into data.
template <class Data, class Fill>
Reading<Data> read(const net::Result& result, Fill fill) {
    if (const auto* failure = std::get_if<net::Failure>(&result)) return trouble_of(*failure);
    const auto& reply = std::get<net::Reply>(result);
    if (reply.status != 200) return trouble_of(reply);
    try {
        const bool has_room = reply.body.capacity() - reply.body.size() >= simdjson::SIMDJSON_PADDING;
        const simdjson::padded_string copy = has_room ? simdjson::padded_string() : simdjson::padded_string(reply.body);
        const simdjson::padded_string_view padded =
            has_room ? simdjson::padded_string_view(reply.body, reply.body.capacity())
                     : simdjson::padded_string_view(copy);
        thread_local json::parser parser;  // keeps its buffers
        json::document body = parser.iterate(padded);
        Data data;
        if (!fill(body, data)) return trouble_of(reply);
        return data;
    } catch (const simdjson_error& problem) {  // the only way simdjson has to say no
        return garbled(reply, problem.what());
    }
}

}  // namespace

Reading<Page> read_page(const net::Result& result, const Route& route) {
    return read<Page>(result, [&](json::document& body, Page& page) { return fill_page(body, route, page); });
}

Reading<std::vector<Facet>> read_facets(const net::Result& result) {
    return read<std::vector<Facet>>(result, fill_facets);
}

}  // namespace gridring::source
