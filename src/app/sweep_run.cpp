// SPDX-License-Identifier: MIT
#include "app/sweep_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>

#include "app/child_process.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/hours.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Words = std::vector<std::string>;

constexpr std::chrono::milliseconds look_again{50};
constexpr std::size_t tail_lines = 20;
constexpr double checkpoint_seconds = 60;  ///< that a program asked to stop gets for it
/// Of a run folder; other files that somebody put there stay.
constexpr const char* outputs[] = {"best.h5",     "status.json", "progress.jsonl", "training.json",
                                   "run.json",    "config.yaml", "results.h5",     "scores.json",
                                   "report.html", "forecast.h5", "ltsf.json",      "model_card.md"};

fs::path config_of(const SweepTask& task) { return task.folder / "member.yaml"; }
fs::path log_of(const SweepTask& task) { return task.folder / "log.txt"; }

Words launched(const SweepRunOptions& options, Words words) {
    words.insert(words.begin(), options.program.begin(), options.program.end());
    return words;
}

Words training_words(const SweepRunOptions& options, const SweepTask& task) {
    return launched(options, {"train", config_of(task).string()});
}

Words judging_words(const SweepRunOptions& options, const SweepTask& task) {
    Words words{"evaluate", task.folder.string()};
    words.insert(words.end(), options.judge.begin(), options.judge.end());
    return launched(options, std::move(words));
}

/// The same bytes under another name where the file system can; they are never changed in place.
void link_series(const fs::path& series, const fs::path& link) {
    std::error_code error;
    if (fs::equivalent(series, link, error)) return;
    remove_file(link);
    fs::create_hard_link(fs::canonical(series), link, error);
    if (!error) return;
    error.clear();
    fs::copy_file(series, link, error);
    if (error) throw StoreError(link.string(), "cannot put the series there: " + error.message());
}

/// Of what was written behind the first `size` bytes.
std::vector<std::string> tail_of(const fs::path& log, std::uintmax_t size) {
    std::deque<std::string> lines;
    std::ifstream file(log);
    file.seekg(static_cast<std::streamoff>(size));
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) lines.push_back(line);
        if (lines.size() > tail_lines) lines.pop_front();
    }
    return {lines.begin(), lines.end()};
}

enum class Stop { by_itself, too_late, stopped };
struct Ended {
    Stop how;
    int exit_code;
    double seconds;
};

Ended run_program(const Words& words, const fs::path& log, double most_seconds, const std::stop_token& stop) {
    std::ofstream(log, std::ios::app) << fmt::format("\n{} {}\n", utc_timestamp(), fmt::join(words, " "));
    const auto begin = Clock::now();
    const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
    ChildProcess program(words, log);
    std::optional<double> asked_at;
    while (true) {
        if (const auto code = program.exit_code())
            return {asked_at ? Stop::stopped : Stop::by_itself, *code, seconds()};
        if (stop.stop_requested() && !asked_at) {
            program.signal(SIGUSR1);  // mpirun and srun hand it on, and give ranks the time that SIGTERM does not
            asked_at = seconds();
        }
        const bool is_late = most_seconds > 0 && seconds() > most_seconds;
        if (is_late || (asked_at && seconds() - *asked_at > checkpoint_seconds)) {
            program.end();
            return {asked_at ? Stop::stopped : Stop::too_late, *program.exit_code(), seconds()};
        }
        std::this_thread::sleep_for(look_again);
    }
}

std::string describe_exit(const char* what, int code) {
    return code > 128 ? fmt::format("{} was ended by signal {}", what, code - 128)
                      : fmt::format("{} ended with exit code {}", what, code);
}

/// One member on its way; `record` is on disk whenever it matters.
class MemberRun {
public:
    MemberRun(const SweepRunOptions& options, const SweepTask& task, const std::stop_token& stop, std::int64_t until)
        : options_(options), task_(task), stop_(stop), until_(until) {}

    sweep::Record run() {
        begin();
        std::error_code absent;
        const auto size = fs::file_size(log_of(task_), absent);
        const auto told_before = absent ? 0 : size;
        if (!record_.is_trained) train();
        if (record_.is_trained && record_.state == sweep::State::running) judge();
        if (record_.state == sweep::State::failed) record_.log_tail = tail_of(log_of(task_), told_before);
        return keep();
    }

private:
    void begin() {
        std::error_code error;
        fs::create_directories(task_.folder, error);
        if (error) throw StoreError(task_.folder.string(), "cannot make the member's folder: " + error.message());
        const auto before = sweep::read_record(task_.folder);
        // As it is now: an earlier rung of halving may have begun what was to be begun anew.
        if (sweep::work_left(before, task_.training, task_.judging) == sweep::Work::fresh) {
            train::remove_checkpoints(task_.folder / "checkpoint.h5");
            for (const char* name : outputs) remove_file(task_.folder / name);
        } else if (before)
            record_.is_trained = before->is_trained, record_.training_seconds = before->training_seconds;
        record_.training = task_.training, record_.judging = task_.judging;
        record_.git_commit = git_commit();
        keep();
        const std::string settings = dump_settings(task_.settings);
        write_file_atomically(config_of(task_), settings);
        if (record_.is_trained) write_file_atomically(task_.folder / "config.yaml", settings);  // of other judging
        link_series(options_.series, task_.folder / "series.h5");
    }

    sweep::Record keep() {
        record_.finished_at = record_.state == sweep::State::running ? "" : utc_timestamp();
        sweep::write_record(task_.folder, record_);
        return record_;
    }

    void fail(std::string reason, int exit_code) {
        record_.state = sweep::State::failed;
        record_.reason = std::move(reason), record_.exit_code = exit_code;
    }

    void train() {
        const double left = 60 * options_.minutes - record_.training_seconds;
        const std::string too_late =
            fmt::format("training took longer than the {} minutes of the sweep", options_.minutes);
        if (options_.minutes > 0 && left <= 0) return fail(too_late, 0);
        Words words = training_words(options_, task_);
        if (until_ > 0) words.insert(words.end(), {"--until", std::to_string(until_)});
        const auto ended = run_program(words, log_of(task_), options_.minutes > 0 ? left : 0, stop_);
        record_.training_seconds += ended.seconds;
        if (ended.how == Stop::stopped ||
            (ended.how == Stop::by_itself && ended.exit_code == static_cast<int>(ExitCode::stopped)))
            record_.state = sweep::State::stopped;
        else if (ended.how == Stop::too_late)
            fail(too_late, ended.exit_code);
        else if (ended.exit_code != 0)
            fail(describe_exit("training", ended.exit_code), ended.exit_code);
        else
            record_.is_trained = true, keep();
    }

    void judge() {
        const auto ended = run_program(judging_words(options_, task_), log_of(task_), 0, stop_);
        if (ended.how == Stop::stopped)
            record_.state = sweep::State::stopped;
        else if (ended.exit_code != 0)
            fail(describe_exit("evaluation", ended.exit_code), ended.exit_code);
        else
            record_.state = sweep::State::done;
    }

    const SweepRunOptions& options_;
    const SweepTask& task_;
    const std::stop_token& stop_;
    std::int64_t until_;
    sweep::Record record_;
};

/// An error of the sweep's own, such as a folder that cannot be written, fails the member alone.
sweep::Record guarded(const std::function<sweep::Record(std::size_t)>& run, std::size_t task) {
    try {
        return run(task);
    } catch (const std::exception& error) {
        sweep::Record record;
        record.state = sweep::State::failed, record.reason = error.what();
        return record;
    }
}

}  // namespace

sweep::Record run_member(const SweepRunOptions& options, const SweepTask& task, const std::stop_token& stop,
                         std::int64_t until) {
    return MemberRun(options, task, stop, until).run();
}

std::vector<std::string> commands_of(const SweepRunOptions& options, const SweepTask& task) {
    return {fmt::format("{}", fmt::join(training_words(options, task), " ")),
            fmt::format("{}", fmt::join(judging_words(options, task), " "))};
}

void run_locally(const std::vector<std::size_t>& tasks, int parallel, const std::stop_token& stop,
                 const std::function<sweep::Record(std::size_t)>& run,
                 const std::function<void(std::size_t, const sweep::Record&)>& on_end) {
    std::mutex mutex;
    std::condition_variable has_news;
    std::deque<std::pair<std::size_t, sweep::Record>> ended;
    const auto workers = std::min<std::size_t>(static_cast<std::size_t>(parallel), tasks.size());
    std::size_t next = 0, at_work = workers;
    const auto work = [&] {
        std::unique_lock lock(mutex);
        while (next < tasks.size() && !stop.stop_requested()) {
            const std::size_t task = tasks[next++];
            lock.unlock();
            sweep::Record record = guarded(run, task);
            lock.lock();
            ended.emplace_back(task, std::move(record));
            has_news.notify_one();
        }
        --at_work;
        has_news.notify_one();
    };
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers; ++i) threads.emplace_back(work);
    std::unique_lock lock(mutex);
    while (at_work > 0 || !ended.empty()) {
        has_news.wait(lock, [&] { return at_work == 0 || !ended.empty(); });
        while (!ended.empty()) {
            const auto [task, record] = std::move(ended.front());
            ended.pop_front();
            lock.unlock();
            on_end(task, record);
            lock.lock();
        }
    }
}

}  // namespace gridring::app
