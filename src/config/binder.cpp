// SPDX-License-Identifier: MIT
#include "gridring/config/binder.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "gridring/core/error.hpp"
#include "nearest_name.hpp"
#include "overrides.hpp"

namespace gridring::config {

/// Either reads from a document or writes one; which of the two is decided by `emitter`.
struct Binder::Implementation {
    std::string file;
    std::vector<YAML::Node> nodes;                       ///< the open sections, outermost first
    std::vector<std::string> path;                       ///< their names
    std::map<std::string, std::set<std::string>> known;  ///< section path -> keys described in it
    std::map<std::string, int> lines;                    ///< key path -> line it was read from
    std::set<std::string> overridden;                    ///< key paths that --set gave, or made on its way
    std::vector<std::string> problems;
    std::optional<YAML::Emitter> emitter;

    std::string path_of(std::string_view name) const {
        std::string text;
        for (const auto& part : path) text += "/" + part;
        return name.empty() ? text : text + "/" + std::string(name);
    }

    bool is_overridden(std::string where) const {
        for (; !where.empty(); where.resize(where.rfind('/')))
            if (overridden.contains(where)) return true;
        return false;
    }

    void report(const std::string& where, int line, std::string_view message) {
        const std::string place = is_overridden(where) ? "--set: "
                                  : line > 0           ? fmt::format("{}:{}: ", file, line)
                                  : file.empty()       ? ""
                                                       : file + ": ";
        problems.push_back(fmt::format("{}{}: {}", place, where.empty() ? "/" : where, message));
    }

    /// YAML forbids it, yaml-cpp takes the first one in silence.
    void report_twice(const YAML::Node& map, const std::string& where) {
        std::map<std::string, int> first_line;
        for (const auto& entry : map) {
            const int line = entry.first.Mark().line + 1;
            const auto [first, is_new] = first_line.emplace(entry.first.Scalar(), line);
            if (!is_new)
                problems.push_back(fmt::format("{}:{}: {}/{}: given twice; the first is on line {}", file, line, where,
                                               first->first, first->second));
        }
    }

    /// The node of a described key, if the document has it.
    std::optional<YAML::Node> find(std::string_view name) {
        known[path_of("")].insert(std::string(name));
        const YAML::Node& here = nodes.back();
        if (!here.IsMap()) return std::nullopt;
        for (const auto& entry : here)
            if (entry.first.Scalar() == name) {
                lines[path_of(name)] = entry.first.Mark().line + 1;
                return entry.second;
            }
        return std::nullopt;
    }

    template <class T>
    void convert(std::string_view name, T& value, std::string_view expected) {
        const auto node = find(name);
        if (!node || node->IsNull()) return;  // "data:" keeps the default
        try {
            value = node->as<T>();
        } catch (const YAML::Exception&) {
            report(
                path_of(name), node->Mark().line + 1,
                fmt::format("expected {}, found '{}'", expected, node->IsScalar() ? node->Scalar() : describe(*node)));
        }
    }

    /// 0.006, where yaml-cpp would print all seventeen digits.
    static std::string shortest(auto number) { return fmt::format("{}", number); }

    template <class T>
    void number(std::string_view name, T& value, std::string_view expected, const Check& check) {
        if (emitter) {
            *emitter << YAML::Key << std::string(name) << YAML::Value << shortest(value);
            return;
        }
        convert(name, value, expected);
        if (const std::string wrong = check ? check(static_cast<double>(value)) : ""; !wrong.empty())
            report(path_of(name), lines[path_of(name)], fmt::format("expected {}, found {}", wrong, value));
    }

    template <class T>
    void plain(std::string_view name, T& value, std::string_view expected) {
        if (emitter)
            *emitter << YAML::Key << std::string(name) << YAML::Value << value;
        else
            convert(name, value, expected);
    }

    static std::string describe(const YAML::Node& node) {
        return node.IsMap() ? "a section" : node.IsSequence() ? "a list" : "nothing";
    }

    /// Every key of the document that no description named.
    void report_unknown(const YAML::Node& node, const std::string& where) {
        if (!node.IsMap()) return;
        report_twice(node, where);
        const auto& names = known[where];
        for (const auto& entry : node) {
            const std::string name = entry.first.Scalar(), path_text = where + "/" + name;
            if (names.contains(name)) {
                if (known.contains(path_text)) report_unknown(entry.second, path_text);
                continue;
            }
            const std::vector<std::string> candidates(names.begin(), names.end());
            const std::string near = nearest_name(name, candidates);
            report(path_text, entry.first.Mark().line + 1,
                   near.empty() ? fmt::format("unknown key; known here: {}", fmt::join(candidates, ", "))
                                : fmt::format("unknown key; did you mean '{}'?", near));
        }
    }
};

Binder::Binder(std::unique_ptr<Implementation> self) : self_(std::move(self)) {}
Binder::~Binder() = default;

void Binder::key(std::string_view name, std::int64_t& value, std::string_view, const Check& check) {
    self_->number(name, value, "a whole number", check);
}
void Binder::key(std::string_view name, std::uint64_t& value, std::string_view, const Check& check) {
    self_->number(name, value, "a whole number >= 0", check);
}
void Binder::key(std::string_view name, int& value, std::string_view, const Check& check) {
    self_->number(name, value, "a whole number", check);
}
void Binder::key(std::string_view name, double& value, std::string_view, const Check& check) {
    self_->number(name, value, "a number", check);
}
void Binder::key(std::string_view name, bool& value, std::string_view) { self_->plain(name, value, "true or false"); }
void Binder::key(std::string_view name, std::string& value, std::string_view) { self_->plain(name, value, "text"); }
void Binder::key(std::string_view name, std::vector<std::string>& value, std::string_view) {
    if (self_->emitter)
        *self_->emitter << YAML::Key << std::string(name) << YAML::Value << YAML::Flow << value;
    else
        self_->convert(name, value, "a list of text, such as [PACW, CISO]");
}
void Binder::key(std::string_view name, std::vector<double>& value, std::string_view) {
    if (!self_->emitter) return self_->convert(name, value, "a list of numbers, such as [0.05, 0.5, 0.95]");
    *self_->emitter << YAML::Key << std::string(name) << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const double number : value) *self_->emitter << self_->shortest(number);
    *self_->emitter << YAML::EndSeq;
}

void Binder::key(std::string_view name, std::vector<std::int64_t>& value, std::string_view) {
    if (self_->emitter)
        *self_->emitter << YAML::Key << std::string(name) << YAML::Value << YAML::Flow << value;
    else
        self_->convert(name, value, "a list of whole numbers, such as [24, 168]");
}

void Binder::text_key(std::string_view name, std::string_view, const std::function<void(const std::string&)>& parse,
                      const std::function<std::string()>& print) {
    if (self_->emitter) {
        *self_->emitter << YAML::Key << std::string(name) << YAML::Value << print();
        return;
    }
    std::string text;
    self_->convert(name, text, "text");
    if (text.empty()) return;
    try {
        parse(text);
    } catch (const ConfigError& error) {
        self_->report(self_->path_of(name), self_->lines[self_->path_of(name)], error.what());
    }
}

void Binder::map_key(std::string_view name, std::vector<std::pair<std::string, std::string>>& value, std::string_view) {
    if (self_->emitter) {
        *self_->emitter << YAML::Key << std::string(name) << YAML::Value << YAML::Flow << YAML::BeginMap;
        for (const auto& [left, right] : value) *self_->emitter << YAML::Key << left << YAML::Value << right;
        *self_->emitter << YAML::EndMap;
        return;
    }
    const auto node = self_->find(name);
    if (!node || node->IsNull()) return;
    if (!node->IsMap()) {
        self_->report(self_->path_of(name), node->Mark().line + 1, "expected pairs, such as {MISO: America/Chicago}");
        return;
    }
    self_->report_twice(*node, self_->path_of(name));
    value.clear();
    for (const auto& entry : *node) value.emplace_back(entry.first.Scalar(), entry.second.Scalar());
}

void Binder::section(std::string_view name, const std::function<void()>& describe) {
    if (self_->emitter) {
        *self_->emitter << YAML::Key << std::string(name) << YAML::Value << YAML::BeginMap;
        describe();
        *self_->emitter << YAML::EndMap;
        return;
    }
    auto node = self_->find(name);
    if (node && !node->IsMap() && !node->IsNull()) {
        self_->report(self_->path_of(name), node->Mark().line + 1, "expected a section of keys, found a value");
        node.reset();
    }
    self_->nodes.push_back(node ? *node : YAML::Node());
    self_->path.emplace_back(name);
    self_->known[self_->path_of("")];
    describe();
    self_->path.pop_back();
    self_->nodes.pop_back();
}

void Binder::problem(std::string_view path, std::string_view message) {
    if (!self_->emitter) self_->report(std::string(path), self_->lines[std::string(path)], message);
}

Binder::Check at_least(double low) {
    return [low](double value) { return value >= low ? "" : fmt::format("at least {}", low); };
}
Binder::Check above(double low) {
    return [low](double value) { return value > low ? "" : fmt::format("more than {}", low); };
}
Binder::Check between(double low, double high) {
    return
        [low, high](double value) { return value >= low && value <= high ? "" : fmt::format("{} to {}", low, high); };
}

struct Access {
    static Binder make(std::unique_ptr<Binder::Implementation> self) { return Binder(std::move(self)); }
    static Binder::Implementation& of(Binder& binder) { return *binder.self_; }
};

namespace {

void bind(YAML::Node document, const std::string& name, const std::vector<std::string>& overrides,
          const Describe& describe) {
    if (document.IsNull()) document = YAML::Node(YAML::NodeType::Map);
    if (!document.IsMap())
        throw ConfigError(fmt::format("{}: expected keys and values at the top, found a plain value or list", name));
    auto self = std::make_unique<Binder::Implementation>();
    for (const auto& text : overrides) apply_override(document, text, self->overridden);
    self->file = name;
    self->nodes.push_back(document);
    Binder binder = Access::make(std::move(self));
    describe(binder);
    auto& state = Access::of(binder);
    state.report_unknown(document, "");
    if (!state.problems.empty()) throw ConfigError(fmt::format("{}", fmt::join(state.problems, "\n")));
}

YAML::Node parse(const std::string& text, const std::string& name) {
    try {
        return YAML::Load(text);
    } catch (const YAML::Exception& error) {
        throw ConfigError(fmt::format("{}:{}: not YAML: {}", name, error.mark.line + 1, error.msg));
    }
}

}  // namespace

void read_text(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
               const Describe& describe) {
    try {
        bind(parse(text, name), name, overrides, describe);
    } catch (const YAML::Exception& error) {  // a document that parses, but not into anything that can be walked
        throw ConfigError(fmt::format("{}:{}: not understood: {}", name, error.mark.line + 1, error.msg));
    }
}

void read(const std::string& file, const std::vector<std::string>& overrides, const Describe& describe) {
    if (file.empty()) return read_text("", "defaults", overrides, describe);
    std::ifstream stream(file);
    if (!stream || std::filesystem::is_directory(file))
        throw ConfigError(fmt::format("{}: expected a readable configuration file (YAML), found none", file));
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    read_text(text, file, overrides, describe);
}

std::string dump(const Describe& describe) {
    auto self = std::make_unique<Binder::Implementation>();
    self->emitter.emplace();
    *self->emitter << YAML::BeginMap;
    Binder binder = Access::make(std::move(self));
    describe(binder);
    auto& emitter = *Access::of(binder).emitter;
    emitter << YAML::EndMap;
    return std::string(emitter.c_str()) + "\n";
}

}  // namespace gridring::config
