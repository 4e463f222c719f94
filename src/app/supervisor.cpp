// SPDX-License-Identifier: MIT
#include "app/supervisor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <future>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>

#include "app/child_process.hpp"
#include "app/status_file.hpp"
#include "app/stop_signal.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/host.hpp"
#include "gridring/core/log.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::app {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::chrono::milliseconds look_again{20};
constexpr std::chrono::seconds answer_within{15};
constexpr int not_started = 1;  ///< of mpirun; no subcommand ends so

/// Open MPI's defaults notice a host that is cut off after minutes, or never.
constexpr std::array<std::pair<const char*, const char*>, 3> keepalive{
    {{"oob_tcp_keepalive_time", "2"}, {"oob_tcp_keepalive_intvl", "1"}, {"oob_tcp_keepalive_probes", "3"}}};

/// What mpirun reaches hosts by: the first of "ssh -p 2222 : rsh", word by word.
std::vector<std::string> agent() {
    const char* chosen = std::getenv("OMPI_MCA_plm_rsh_agent");
    auto command = words_of(chosen ? chosen : "ssh");
    command.erase(std::ranges::find(command, ":"), command.end());
    return command.empty() ? std::vector<std::string>{"ssh"} : command;
}

bool is_here(const Host& host) { return host.name == "localhost" || host.name == host_name(); }

bool answers(const Host& host) {
    if (is_here(host)) return true;
    std::vector<std::string> command = agent();
    if (command.front() == "ssh") command.insert(command.end(), {"-o", "BatchMode=yes", "-o", "ConnectTimeout=10"});
    command.insert(command.end(), {host.name, "true"});
    ChildProcess child(command, "/dev/null");
    for (const auto deadline = Clock::now() + answer_within; Clock::now() < deadline;
         std::this_thread::sleep_for(look_again))
        if (const auto code = child.exit_code()) return *code == 0;
    return false;
}

/// All are asked at the same time.
std::vector<Host> answering(const std::vector<Host>& hosts) {
    std::vector<std::future<bool>> asked;
    for (const Host& host : hosts) asked.push_back(std::async(std::launch::async, [&host] { return answers(host); }));
    std::vector<Host> left;
    for (std::size_t i = 0; i < hosts.size(); ++i)
        if (asked[i].get()) left.push_back(hosts[i]);
    return left;
}

std::vector<std::string> missing(const std::vector<Host>& all, const std::vector<Host>& there) {
    std::vector<std::string> names;
    for (const Host& host : all)
        if (std::ranges::find(there, host.name, &Host::name) == there.end()) names.push_back(host.name);
    return names;
}

std::vector<std::string> mpirun_command(const LaunchPlan& plan, const std::vector<Host>& hosts, int ranks,
                                        bool has_begun) {
    // The system ends mpirun, and mpirun its ranks, when this program is gone, however it went.
    std::vector<std::string> words{"setpriv", "--pdeathsig", "KILL", "mpirun", "-n", std::to_string(ranks)};
    if (!hosts.empty()) {
        std::vector<std::string> names;
        for (const Host& host : hosts) names.push_back(fmt::format("{}:{}", host.name, host.slots));
        words.insert(words.end(), {"--host", fmt::format("{}", fmt::join(names, ","))});
    }
    for (const auto& [name, value] : keepalive)
        if (!std::getenv(fmt::format("OMPI_MCA_{}", name).c_str())) words.insert(words.end(), {"--mca", name, value});
    words.insert(words.end(), plan.mpirun.begin(), plan.mpirun.end());
    words.insert(words.end(), plan.program.begin(), plan.program.end());
    if (has_begun) std::erase(words, "--fresh");     // else each start would begin from step 0
    if (ranks < plan.ranks && !plan.status.empty())  // groups of ranks as they then fit
        words.insert(words.end(), {"--set", "train.data_ranks=0"});
    return words;
}

/// How far the training is, as its status file tells, and what failures cost.
class Progress {
public:
    explicit Progress(std::filesystem::path file) : file_(std::move(file)), written_(time_of_file()) {}

    void started() { has_stepped_ = is_over_ = false, changed_at_ = Clock::now(); }
    void look() {
        const auto written = time_of_file();
        if (written == written_) return;
        const auto status = read_status(file_);
        if (!status) return;
        has_stepped_ = true;
        written_ = written, changed_at_ = Clock::now();
        step_ = status->step, is_over_ = status->is_over;
        if (status->checkpoint_step != checkpoint_) has_new_checkpoint_ = true;
        checkpoint_ = status->checkpoint_step;
        if (has_failed_ && step_ >= failed_step_) tell_what_it_cost();
    }
    void failed() {
        if (has_failed_ && (!has_stepped_ || step_ < failed_step_)) return;  // not yet where the one before came
        has_failed_ = has_stepped_, failed_step_ = step_, failed_at_ = changed_at_;
    }

    bool has_stepped() const { return has_stepped_; }  ///< since it was started
    /// Since the start or its last step; 0 behind the last of all, where there is other work.
    Seconds without_step() const { return is_over_ ? Seconds(0) : Seconds(Clock::now() - changed_at_); }
    Seconds lost() const { return lost_; }
    /// Since it was last asked.
    bool take_new_checkpoint() { return std::exchange(has_new_checkpoint_, false); }

private:
    std::filesystem::file_time_type time_of_file() const {
        std::error_code none;
        const auto time = std::filesystem::last_write_time(file_, none);
        return none ? std::filesystem::file_time_type() : time;
    }
    void tell_what_it_cost() {
        const Seconds cost = Clock::now() - failed_at_;
        lost_ += cost;
        has_failed_ = false;
        log::info(
            fmt::format("launch: step {} is reached again; the failure cost {:.1f} s", failed_step_, cost.count()));
    }

    std::filesystem::path file_;
    std::filesystem::file_time_type written_;
    Clock::time_point changed_at_ = Clock::now(), failed_at_;
    std::int64_t step_ = 0, failed_step_ = 0, checkpoint_ = -1;
    bool is_over_ = false, has_stepped_ = false, has_new_checkpoint_ = false, has_failed_ = false;
    Seconds lost_{0};
};

std::string describe(int code) {
    if (code == 205) return "a host was lost";
    if (code > 128 && code < 128 + 65) return fmt::format("a rank ended by signal {}", code - 128);
    return fmt::format("exit code {}", code);
}

class Supervisor {
public:
    explicit Supervisor(const LaunchPlan& plan)
        : plan_(plan),
          stop_("launch: asks the ranks to stop with a checkpoint (once more ends them at once)"),
          progress_(plan.status) {}

    void run() {
        for (int start = 0;; ++start) {
            await_hosts();
            const int code = run_once();
            const Ending ending = ending_of(code);
            if (ending == Ending::done) return tell_sum(start);
            if (ending == Ending::refused)
                throw Error(static_cast<ExitCode>(code),
                            fmt::format("launch: ended with exit code {}, which another start would not mend; the "
                                        "cause is told above",
                                        code));
            // Several hosts: one that is shut down in good order asks its ranks to stop, and nobody asked this program.
            const bool is_asked = plan_.hosts.empty() || has_reached_until();
            if (stop_.signal() != 0 || (ending == Ending::stopped && is_asked)) throw_stopped();
            if (code == not_started && !has_begun_ && !may_start_later() &&
                answering(plan_.hosts).size() == plan_.hosts.size())
                throw ConfigError("launch: mpirun could not start the ranks; it says above why");
            progress_.failed();
            failures_ = progress_.take_new_checkpoint() ? 1 : failures_ + 1;
            if (start >= plan_.restarts)
                throw CommError(
                    fmt::format("launch: {}; given up after {} restarts. The last checkpoint is kept: the "
                                "same command goes on from it",
                                describe(code), plan_.restarts));
            const Seconds wait = std::min(plan_.longest_backoff, plan_.backoff * std::exp2(failures_ - 1));
            log::warning(fmt::format("launch: {}; restart {} of {} in {:.1f} s", describe(code), start + 1,
                                     plan_.restarts, wait.count()));
            sleep(wait);
        }
    }

private:
    /// Chooses hosts and ranks of the next start; not elastic, or where no host answers, it waits for them.
    void await_hosts() {
        hosts_ = plan_.hosts, ranks_ = plan_.ranks;
        if (hosts_.empty() || failures_ == 0) {
            if (plan_.is_elastic) ranks_ = std::max(1, ranks_ - failures_);
            return;
        }
        for (bool is_told = false;; is_told = true) {
            hosts_ = answering(plan_.hosts);
            if (hosts_.size() == plan_.hosts.size()) break;
            if (plan_.is_elastic && !hosts_.empty()) {
                ranks_ = std::min(ranks_, slots_of(hosts_));
                return;
            }
            if (!is_told)
                log::warning(fmt::format("launch: waits for hosts that do not answer: {}",
                                         fmt::join(missing(plan_.hosts, hosts_), ", ")));
            sleep(Seconds(1));
        }
        if (plan_.is_elastic) ranks_ = std::max(1, ranks_ - failures_);
    }

    bool has_reached_until() const {
        const auto status = plan_.until > 0 ? read_status(plan_.status) : std::nullopt;
        return status && status->step >= plan_.until;
    }

    /// Where ranks have run before, and other hosts take part, whose troubles may pass.
    bool may_start_later() const {
        constexpr std::array batch_jobs{"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID"};
        const bool is_batch_job = std::ranges::any_of(batch_jobs, [](const char* name) { return std::getenv(name); });
        const bool is_here_alone = plan_.hosts.empty() && plan_.mpirun.empty() && !is_batch_job;
        return !is_here_alone && !plan_.status.empty() &&
               train::has_checkpoint(plan_.status.parent_path() / "checkpoint.h5");
    }

    void sleep(Seconds duration) const {
        for (const auto end = Clock::now() + duration; Clock::now() < end; std::this_thread::sleep_for(look_again))
            if (stop_.signal() != 0) throw_stopped();
    }

    int run_once() {
        progress_.started();
        ChildProcess child(mpirun_command(plan_, hosts_, ranks_, has_begun_));
        bool is_asked = false;
        for (;; std::this_thread::sleep_for(look_again)) {
            const auto code = child.exit_code();
            progress_.look();
            has_begun_ = has_begun_ || progress_.has_stepped();
            if (code) return *code;
            if (stop_.signal() != 0 && !is_asked) {
                is_asked = true;
                if (!progress_.has_stepped()) {  // nothing to keep, and ranks that may not be there to be asked
                    child.end();
                    return *child.exit_code();
                }
                child.signal(SIGUSR1);
            }
            const Seconds patience = progress_.has_stepped() ? plan_.stall : plan_.first_step;
            if (patience.count() > 0 && progress_.without_step() > patience) {
                log::warning(fmt::format("launch: no new step for {:.0f} s; the ranks are ended",
                                         progress_.without_step().count()));
                child.kill();
            }
        }
    }

    [[noreturn]] static void throw_stopped() {
        throw StoppedError("launch: stopped as asked; the same command goes on from the last checkpoint");
    }

    void tell_sum(int restarts) const {
        if (restarts > 0)
            log::info(fmt::format("launch: done after {} restart{}, {:.1f} s lost", restarts, restarts == 1 ? "" : "s",
                                  progress_.lost().count()));
    }

    const LaunchPlan& plan_;
    StopSignal stop_;
    Progress progress_;
    std::vector<Host> hosts_;
    int ranks_ = 1;
    bool has_begun_ = false;  ///< some start has made a step
    int failures_ = 0;        ///< since the last new checkpoint
};

}  // namespace

int slots_of(const std::vector<Host>& hosts) {
    return std::transform_reduce(hosts.begin(), hosts.end(), 0, std::plus<>(), [](const Host& h) { return h.slots; });
}

std::vector<Host> parse_hosts(const std::string& text) {
    std::vector<Host> hosts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string part = text.substr(begin, end - begin);
        const std::size_t colon = part.find(':');
        Host host{part.substr(0, colon), 1};
        bool is_good = !host.name.empty();
        if (colon != std::string::npos) {
            const char *first = part.data() + colon + 1, *last = part.data() + part.size();
            const auto [stopped, error] = std::from_chars(first, last, host.slots);
            is_good = is_good && error == std::errc() && stopped == last && host.slots >= 1;
        }
        if (!is_good)
            throw ConfigError(fmt::format("--hosts: expected names with slots, such as a:4,b:4, found '{}'", text));
        hosts.push_back(std::move(host));
        begin = end + 1;
    }
    return hosts;
}

Ending ending_of(int exit_code) {
    switch (exit_code) {
        case static_cast<int>(ExitCode::done):
            return Ending::done;
        case static_cast<int>(ExitCode::stopped):
            return Ending::stopped;
        case static_cast<int>(ExitCode::usage):
        case static_cast<int>(ExitCode::data):
        case static_cast<int>(ExitCode::network):  // extraction has had its own patience
        case static_cast<int>(ExitCode::numeric):
        case static_cast<int>(ExitCode::bug):
            return Ending::refused;
        case 126:  // there is no such program
        case 127:
        case 128 + SIGILL:
            return Ending::refused;  // it is for other processors
        default:
            return Ending::lost;  // signals, communication, and what mpirun itself says of ranks and hosts
    }
}

void supervise(const LaunchPlan& plan) { Supervisor(plan).run(); }

}  // namespace gridring::app
