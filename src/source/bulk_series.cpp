// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <simdjson.h>

#include <optional>

#include "bulk_hours.hpp"
#include "bulk_quantities.hpp"
#include "bulk_readers.hpp"
#include "csv_text.hpp"

namespace gridring::source {
namespace {

namespace json = simdjson::ondemand;
using simdjson::simdjson_error;

struct SeriesId {
    std::string region;
    BulkQuantity quantity;
    bool is_known = true;
};

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t end; (end = text.find(separator)) != std::string_view::npos; text.remove_prefix(end + 1))
        parts.push_back(text.substr(0, end));
    parts.push_back(text);
    return parts;
}

/// EBA.PACW-ALL.D.H, EBA.PACW-ALL.NG.COL.H, EBA.CISO-PACW.ID.H; empty for another form.
std::optional<SeriesId> parse_series_id(std::string_view id) {
    const auto parts = split(id, '.');
    if (parts.size() < 4 || parts.front() != "EBA" || parts.back() != "H") return std::nullopt;
    const auto sides = split(parts[1], '-');
    if (sides.size() != 2 || !is_code(sides[0]) || !is_code(sides[1])) return std::nullopt;
    const std::string region(sides[0]);
    if (parts.size() == 4 && parts[2] == "ID") return SeriesId{region, interchange_with(sides[1])};
    if (sides[1] != "ALL") return std::nullopt;
    if (parts.size() == 5 && parts[2] == "NG" && is_code(parts[3])) {
        auto [quantity, is_known] = fuel_of_code(parts[3]);
        return SeriesId{region, std::move(quantity), is_known};
    }
    auto quantity = parts.size() == 4 ? region_quantity(parts[2]) : std::nullopt;
    return quantity ? std::optional(SeriesId{region, std::move(*quantity)}) : std::nullopt;
}

/// Local time says the same hours again.
bool is_local(std::string_view id) { return id.ends_with(".HL"); }

std::optional<double> megawatts(json::value value) {
    if (value.is_null()) return std::nullopt;
    if (value.type() == json::json_type::string) return value.get_double_in_string();
    return value.get_double();
}

class SeriesObjects {
public:
    SeriesObjects(const TakeStretch& take, BulkReport& report) : take_(take), report_(report) {}

    /// `line` lies in a text with BulkText::padding behind it.
    void read(std::string_view line) {
        ++line_;
        if (line.find_first_not_of(" \t") == std::string_view::npos) return;
        id_.clear();
        try {
            json::document object = parser_.iterate(line.data(), line.size(), line.size() + BulkText::padding);
            std::string_view id;
            const auto error = object.find_field_unordered("series_id").get_string().get(id);
            if (error == simdjson::NO_SUCH_FIELD) return;  // a category
            if (error) throw simdjson_error(error);
            id_ = id;
            if (!is_local(id_)) read_series(object);
        } catch (const simdjson_error& problem) {  // the only way simdjson has to say no
            ++report_.rows;
            add_bad_row(report_, line_,
                        fmt::format("{}: damaged JSON ({}); the whole line is left out",
                                    id_.empty() ? line.substr(0, 40) : id_, problem.what()));
        }
    }

    void finish() {
        if (others_ > 0)
            report_.warnings.push_back(
                fmt::format("{}: {} series of other forms than EBA.PACW-ALL.D.H are passed over, the first: {}",
                            report_.name, others_, first_other_));
    }

private:
    void read_series(json::document& object) {
        const auto series = parse_series_id(id_);
        if (!series) {
            if (others_++ == 0) first_other_ = id_;
            return;
        }
        hours_.clear(), values_.clear(), bad_.clear();
        std::int64_t pairs = 0;
        for (auto pair : object.find_field_unordered("data").get_array()) read_pair(pair.value(), ++pairs);
        report_.rows += pairs;  // from here on nothing fails: a damaged line brings nothing
        for (const auto& what : bad_) add_bad_row(report_, line_, what);
        if (!series->is_known)
            report_.warnings.push_back(fmt::format("{}: {} is of a fuel unknown to gridring; taken as {}", report_.name,
                                                   id_, series->quantity.variable));
        if (!hours_.empty()) take_({series->region, series->quantity, hours_, values_});
    }

    /// ["20240101T05Z", 2345]
    void read_pair(json::array pair, std::int64_t number) {
        std::string_view period;
        std::optional<Hour> hour;
        std::optional<double> value;
        std::string problem;
        std::size_t at = 0;
        for (auto part : pair) {
            if (at == 0) {
                period = part.get_string();
                hour = parse_compact_hour(period);
                if (!hour) problem = fmt::format("expected an hour such as 20240101T05Z, found '{}'", period);
            } else if (at == 1) {
                json::value raw = part.value();
                const std::string text(std::string_view(raw.raw_json_token()));
                try {
                    value = megawatts(raw);
                } catch (const simdjson_error&) {
                    problem = fmt::format("expected a number or null, found {}", text);
                }
            }
            ++at;
        }
        if (at != 2) problem = fmt::format("expected a pair of hour and value, found {} parts", at);
        if (!problem.empty())
            bad_.push_back(fmt::format("{} {}, pair {}: {}; it is left out", period, id_, number, problem));
        else if (value)
            hours_.push_back(*hour), values_.push_back(*value);
    }

    const TakeStretch& take_;
    BulkReport& report_;
    json::parser parser_;
    std::int64_t line_ = 0, others_ = 0;
    std::string id_, first_other_;
    std::vector<Hour> hours_;
    std::vector<double> values_;
    std::vector<std::string> bad_;
};

}  // namespace

void read_series_objects(std::string_view lines, BulkText& text, const TakeStretch& take, BulkReport& report) {
    SeriesObjects objects(take, report);
    for (; !lines.empty(); lines = text.next())
        for (std::string_view rest = lines; !rest.empty();) objects.read(cut_line(rest));
    objects.finish();
}

}  // namespace gridring::source
