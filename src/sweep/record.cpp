// SPDX-License-Identifier: MIT
#include "gridring/sweep/record.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "gridring/core/atomic_file.hpp"

namespace gridring::sweep {
namespace {

using Json = nlohmann::json;

constexpr const char* file_name = "member.json";
constexpr std::array<std::pair<State, const char*>, 5> names{{{State::running, "running"},
                                                              {State::done, "done"},
                                                              {State::failed, "failed"},
                                                              {State::stopped, "stopped"},
                                                              {State::dropped, "dropped"}}};

const char* name_of(State state) {
    for (const auto& [known, name] : names)
        if (known == state) return name;
    return "unknown";
}

std::optional<State> parse_state(const std::string& text) {
    for (const auto& [known, name] : names)
        if (text == name) return known;
    return std::nullopt;
}

}  // namespace

std::optional<Record> read_record(const std::filesystem::path& member_folder) {
    std::error_code error;
    if (!std::filesystem::exists(member_folder / file_name, error)) return std::nullopt;
    try {
        const Json json = Json::parse(read_file(member_folder / file_name));
        const auto state = parse_state(json.at("state").get<std::string>());
        if (!state) return std::nullopt;
        return Record{*state,
                      json.at("training").get<std::string>(),
                      json.at("judging").get<std::string>(),
                      json.at("trained").get<bool>(),
                      json.at("training_seconds").get<double>(),
                      json.at("exit_code").get<int>(),
                      json.at("reason").get<std::string>(),
                      json.at("log_tail").get<std::vector<std::string>>(),
                      json.at("finished_at").get<std::string>(),
                      json.at("git_commit").get<std::string>()};
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

void write_record(const std::filesystem::path& member_folder, const Record& record) {
    const Json json{{"state", name_of(record.state)},
                    {"training", record.training},
                    {"judging", record.judging},
                    {"trained", record.is_trained},
                    {"training_seconds", record.training_seconds},
                    {"exit_code", record.exit_code},
                    {"reason", record.reason},
                    {"log_tail", record.log_tail},
                    {"finished_at", record.finished_at},
                    {"git_commit", record.git_commit}};
    // A log may hold anything.
    write_file_atomically(member_folder / file_name, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Work work_left(const std::optional<Record>& record, const std::string& training, const std::string& judging) {
    if (!record || record->training != training) return Work::fresh;
    return record->state == State::done && record->judging == judging ? Work::nothing : Work::resume;
}

}  // namespace gridring::sweep
