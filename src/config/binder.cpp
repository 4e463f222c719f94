// SPDX-License-Identifier: MIT
#include "gridring/config/binder.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>

#include "binder_state.hpp"
#include "gridring/core/error.hpp"
#include "overrides.hpp"

namespace gridring::config {

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

void Binder::overrides_key(std::string_view name, std::vector<std::string>& value, std::string_view) {
    if (self_->emitter) {
        *self_->emitter << YAML::Key << std::string(name) << YAML::Value << YAML::BeginMap;
        for (const auto& text : value) {
            const auto equals = text.find('=');
            *self_->emitter << YAML::Key << text.substr(0, equals) << YAML::Value << YAML::Flow
                            << YAML::Load(text.substr(equals + 1));
        }
        *self_->emitter << YAML::EndMap;
        return;
    }
    const auto node = self_->find(name);
    if (!node || node->IsNull()) return;
    if (!node->IsMap()) {
        self_->report(self_->path_of(name), node->Mark().line + 1, "expected keys, such as {train.steps: 100}");
        return;
    }
    self_->report_twice(*node, self_->path_of(name));
    value.clear();
    for (const auto& entry : *node) {
        YAML::Emitter text;
        text << YAML::Flow << entry.second;
        value.push_back(entry.first.Scalar() + "=" + text.c_str());
    }
}

std::optional<std::size_t> Binder::enter_list(std::string_view name) {
    if (self_->emitter) {
        *self_->emitter << YAML::Key << std::string(name) << YAML::Value << YAML::BeginSeq;
        return std::nullopt;
    }
    auto node = self_->find(name);
    if (node && !node->IsSequence() && !node->IsNull()) {
        self_->report(self_->path_of(name), node->Mark().line + 1, "expected a list of sections");
        node.reset();
    }
    self_->nodes.push_back(node ? *node : YAML::Node());
    self_->path.emplace_back(name);
    self_->known[self_->path_of("")];
    return node ? node->size() : 0;
}

void Binder::leave_list() {
    if (self_->emitter) {
        *self_->emitter << YAML::EndSeq;
        return;
    }
    self_->path.pop_back();
    self_->nodes.pop_back();
}

void Binder::item(std::size_t index, const std::function<void()>& describe) {
    if (self_->emitter) {
        *self_->emitter << YAML::BeginMap;
        describe();
        *self_->emitter << YAML::EndMap;
        return;
    }
    const YAML::Node node = self_->nodes.back()[index];
    const bool is_section = node.IsMap();
    self_->path.push_back(std::to_string(index));
    self_->lines[self_->path_of("")] = node.Mark().line + 1;
    if (!is_section)
        self_->report(self_->path_of(""), node.Mark().line + 1, "expected a section of keys, found something else");
    self_->nodes.push_back(is_section ? node : YAML::Node());
    self_->known[self_->path_of("")];
    describe();
    self_->nodes.pop_back();
    self_->path.pop_back();
}

std::string Binder::path_of(std::string_view name) const { return self_->path_of(name); }

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
