// SPDX-License-Identifier: MIT
#include <cstdint>
#include <string>

#include "gridring/config/binder.hpp"
#include "gridring/core/error.hpp"

/// Whatever a configuration file holds is bound or refused with a ConfigError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gridring;
    std::int64_t whole = 1;
    double number = 0.5;
    bool flag = true;
    std::string text;
    std::vector<std::string> list;
    std::vector<std::pair<std::string, std::string>> map;
    try {
        config::read_text(std::string(reinterpret_cast<const char*>(data), size), "fuzz", {},
                          [&](config::Binder& binder) {
                              binder.key("text", text, "");
                              binder.section("a", [&] {
                                  binder.key("whole", whole, "", config::at_least(1));
                                  binder.key("number", number, "");
                                  binder.key("flag", flag, "");
                              });
                              binder.key("list", list, "");
                              binder.map_key("map", map, "");
                          });
    } catch (const ConfigError&) {
    }
    return 0;
}
