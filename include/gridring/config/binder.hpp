// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridring::config {

/// One pass over the plain option structs of a program, in which each key is named once, with its check and its help:
///
///     binder.section("model", [&] {
///         binder.key("heads", options.heads, at_least(1), "attention heads; divides width");
///     });
///
/// The same describing function reads a YAML document into the structs, dumps the resolved config and lists the known
/// keys. Unknown keys, keys given twice, wrong types and failed checks are all collected and thrown together as one
/// ConfigError, each with file and line (or --set) and path, an unknown key with its nearest known name. A key without
/// a value ("data:") keeps its default.
class Binder {
public:
    ~Binder();
    Binder(const Binder&) = delete;

    using Check = std::function<std::string(double)>;  ///< "" or what is wrong

    void key(std::string_view name, std::int64_t& value, std::string_view help, const Check& check = {});
    void key(std::string_view name, std::uint64_t& value, std::string_view help, const Check& check = {});
    void key(std::string_view name, int& value, std::string_view help, const Check& check = {});
    void key(std::string_view name, double& value, std::string_view help, const Check& check = {});
    void key(std::string_view name, bool& value, std::string_view help);
    void key(std::string_view name, std::string& value, std::string_view help);
    void key(std::string_view name, std::vector<std::string>& value, std::string_view help);
    void key(std::string_view name, std::vector<double>& value, std::string_view help);
    void key(std::string_view name, std::vector<std::int64_t>& value, std::string_view help);
    /// A value that is text in YAML and something else in the struct: `parse` throws ConfigError, `print` inverts it.
    void text_key(std::string_view name, std::string_view help, const std::function<void(const std::string&)>& parse,
                  const std::function<std::string()>& print);
    /// A map of free keys to text (time-zone overrides).
    void map_key(std::string_view name, std::vector<std::pair<std::string, std::string>>& value, std::string_view help);
    void section(std::string_view name, const std::function<void()>& describe);
    /// A map of key paths of another configuration to YAML values, as overrides for read(): "train.steps=100".
    void overrides_key(std::string_view name, std::vector<std::string>& value, std::string_view help);
    /// A list of sections, each described by `describe(items[i])`. Where the document has none, `items` stay.
    template <class Item, class DescribeItem>
    void list(std::string_view name, std::vector<Item>& items, std::string_view, const DescribeItem& describe) {
        const auto count = enter_list(name);
        if (count && *count > 0) items.assign(*count, Item{});
        const bool is_written = !count.has_value();
        for (std::size_t i = 0; is_written ? i < items.size() : i < *count; ++i) item(i, [&] { describe(items[i]); });
        leave_list();
    }
    /// The path of a key of the section that is being described, for problem(); of "" the section's own.
    std::string path_of(std::string_view name) const;
    /// A problem found after reading, about a key already described: "/model/heads: 6 does not divide width 64".
    void problem(std::string_view path, std::string_view message);

    struct Implementation;

private:
    std::optional<std::size_t> enter_list(std::string_view name);  ///< items in the document; empty when writing
    void leave_list();
    void item(std::size_t index, const std::function<void()>& describe);

    friend struct Access;
    explicit Binder(std::unique_ptr<Implementation> self);
    std::unique_ptr<Implementation> self_;
};

Binder::Check at_least(double low);
Binder::Check above(double low);
Binder::Check between(double low, double high);

using Describe = std::function<void(Binder&)>;

/// Reads `file` ("" = defaults only), then applies `overrides` ("model.heads=8", the value is YAML). Throws
/// ConfigError.
void read(const std::string& file, const std::vector<std::string>& overrides, const Describe& describe);
/// From text; `name` stands for the file in messages.
void read_text(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
               const Describe& describe);
/// The resolved config as YAML, every key with its value.
std::string dump(const Describe& describe);

}  // namespace gridring::config
