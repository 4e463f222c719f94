// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gridring/config/binder.hpp"
#include "nearest_name.hpp"

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
        if (node.IsSequence())
            for (std::size_t i = 0; i < node.size(); ++i) report_unknown(node[i], fmt::format("{}/{}", where, i));
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

}  // namespace gridring::config
