// SPDX-License-Identifier: MIT
#include "app/sweep_members.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <sstream>

#include "gridring/core/error.hpp"
#include "gridring/core/fingerprint.hpp"
#include "gridring/store/series_file.hpp"
#include "gridring/sweep/scores.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

/// Which lines of error messages came up, how often, and in which member first.
class Problems {
public:
    void add(const std::string& member, const std::string& message) {
        std::istringstream lines(message);
        for (std::string line; std::getline(lines, line);) {
            auto& seen = seen_[line];
            if (seen.count++ == 0) seen.member = member, order_.push_back(line);
        }
    }
    void throw_if_any() const {
        std::vector<std::string> told;
        for (const std::string& line : order_) {
            const Seen& seen = seen_.at(line);
            told.push_back(fmt::format("{}{}: {}", seen.member,
                                       seen.count > 1 ? fmt::format(" and {} more", seen.count - 1) : "", line));
        }
        if (!told.empty()) throw ConfigError(fmt::format("{}", fmt::join(told, "\n")));
    }

private:
    struct Seen {
        std::string member;
        int count = 0;
    };
    std::map<std::string, Seen> seen_;
    std::vector<std::string> order_;
};

/// What decides a training and nothing else.
std::string training_text(Settings settings) {
    const Settings plain;
    settings.folder = settings.extract.folder = "member";
    settings.key_file.clear();
    settings.encryption_key_file.clear();
    settings.source = plain.source;
    settings.emulator = plain.emulator;
    settings.extract = plain.extract;
    settings.caiso = plain.caiso;
    settings.follow_every = plain.follow_every;
    settings.evaluate = plain.evaluate;
    settings.calibrates_online = plain.calibrates_online;
    settings.metrics = plain.metrics;
    settings.live_model = plain.live_model;
    settings.train.checkpoint_every = plain.train.checkpoint_every;
    settings.train.older_checkpoints = plain.train.older_checkpoints;
    settings.train.ring.deadline = plain.train.ring.deadline;
    settings.train.ring.threads = plain.train.ring.threads;
    return dump_settings(settings);
}

/// Without a horizon that is judged and that the model reaches the evaluation has nothing to say.
void expect_reach(const Settings& settings, const sweep::Judge& judge) {
    const auto ranges = sweep::ranges_of(judge);
    if (!judge.data.empty() && ranges.front().last > settings.model.horizon)
        throw ConfigError(fmt::format("/judge/{}: expected model.horizon to be {} hours at least, found {}",
                                      judge.origins == "day-ahead" ? "origins" : "horizons", ranges.front().last,
                                      settings.model.horizon));
}

std::string judging_text(const Settings& settings) {
    const auto& evaluate = settings.evaluate;
    return fmt::format("context_hours {} least_context {}{}{}", evaluate.context_hours, evaluate.least_context,
                       evaluate.is_rolling ? " rolling" : "", settings.calibrates_online ? " calibrated" : "");
}

std::string tell_file(const fs::path& file) {
    return fmt::format("{} bytes of {}", fs::file_size(file), fs::last_write_time(file).time_since_epoch().count());
}

/// A file that another program wrote has no seal.
std::string tell_series(const fs::path& series) {
    const std::string checksum = store::checksum_of_series(series);
    return checksum.empty() ? tell_file(series) : checksum;
}

/// A folder by its files, so that an edited one is judged anew.
std::string tell_judged(const fs::path& data) {
    if (data.empty()) return {};
    if (!fs::is_directory(data)) return tell_series(data);
    std::set<std::string> files;
    for (const auto& entry : fs::directory_iterator(data))
        if (entry.is_regular_file())
            files.insert(fmt::format("{} {}", entry.path().filename().string(), tell_file(entry.path())));
    return fmt::format("{}", fmt::join(files, "\n"));
}

}  // namespace

std::vector<SweepTask> sweep_tasks(const sweep::Plan& plan) {
    std::vector<SweepTask> tasks;
    Problems problems;
    for (auto& member : sweep::expand(plan)) {
        SweepTask task{std::move(member), {}, {}, {}, {}};
        task.folder = plan.folder / "members" / task.member.name;
        try {
            task.settings = read_settings(plan.base.string(), task.member.overrides);
            expect_reach(task.settings, plan.judge);
        } catch (const ConfigError& error) {
            problems.add(task.member.name, error.what());
        }
        task.settings.folder = task.settings.extract.folder = task.folder;
        task.settings.metrics = {};  // members side by side have no port in common
        tasks.push_back(std::move(task));
    }
    problems.throw_if_any();
    return tasks;
}

Settings sweep_extraction(const sweep::Plan& plan) {
    Settings settings = read_settings(plan.base.string(), plan.set);
    settings.folder = settings.extract.folder = plan.folder / "extraction";
    return settings;
}

fs::path sweep_series(const sweep::Plan& plan) {
    return plan.series.empty() ? plan.folder / "extraction" / "series.h5" : plan.series;
}

void fingerprint_tasks(const sweep::Plan& plan, const fs::path& series, std::vector<SweepTask>& tasks) {
    const std::string data = tell_series(series),
                      judge =
                          fmt::format("{}\n{}", fmt::join(judge_words(plan.judge), "\n"), tell_judged(plan.judge.data));
    for (SweepTask& task : tasks) {
        task.training = fingerprint({training_text(task.settings), data});
        task.judging = fingerprint({task.training, judging_text(task.settings), judge});
        task.work = sweep::work_left(sweep::read_record(task.folder), task.training, task.judging);
        std::error_code error;
        if (task.work == sweep::Work::nothing && !fs::exists(task.folder / "results.h5", error))
            task.work = sweep::Work::resume;
    }
}

std::vector<std::string> judge_words(const sweep::Judge& judge) {
    if (judge.data.empty()) return {};
    std::vector<std::string> words{"--data", judge.data, "--from",    judge.from,
                                   "--to",   judge.to,   "--origins", judge.origins};
    if (!judge.regions.empty())
        words.insert(words.end(), {"--regions", fmt::format("{}", fmt::join(judge.regions, ","))});
    words.insert(words.end(), {"--horizons", fmt::format("{}", fmt::join(judge.horizons, ",")), "--baselines",
                               fmt::format("{}", fmt::join(judge.baselines, ","))});
    return words;
}

ContestArguments judge_arguments(const sweep::Judge& judge) {
    ContestArguments arguments;
    arguments.data = judge.data;
    arguments.from = judge.from;
    arguments.to = judge.to;
    arguments.origins = judge.origins;
    arguments.regions = judge.regions;
    arguments.horizons = judge.horizons;
    arguments.baselines = judge.baselines;
    return arguments;
}

}  // namespace gridring::app
