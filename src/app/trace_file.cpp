// SPDX-License-Identifier: MIT
#include "app/trace_file.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "gridring/comm/clock_offset.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/host.hpp"
#include "gridring/core/log.hpp"
#include "gridring/core/trace.hpp"

namespace gridring::app {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_events = 500'000;  // of a rank: some 60 MB of its part of the file

std::string naming(const char* what, int rank, int thread, const std::string& name) {
    return Json{{"ph", "M"}, {"name", what}, {"pid", rank}, {"tid", thread}, {"args", {{"name", name}}}}.dump();
}

/// The events of this rank, one a line; times in microseconds behind `zero`.
std::string render(const trace::Recording& recording, int rank, std::int64_t zero) {
    std::string text = naming("process_name", rank, 0, fmt::format("rank {} on {}", rank, host_name()));
    for (std::size_t thread = 0; thread < recording.threads.size(); ++thread)
        text += ",\n" + naming("thread_name", rank, static_cast<int>(thread), recording.threads[thread]);
    for (const auto& event : recording.events) {
        text +=
            fmt::format(R"(,{}{{"ph":"X","cat":"{}","name":"{}","pid":{},"tid":{},"ts":{:.3f},"dur":{:.3f})", '\n',
                        event.category, event.name, rank, event.thread, 1e-3 * static_cast<double>(event.begin - zero),
                        1e-3 * static_cast<double>(event.end - event.begin));
        text += event.number >= 0 ? fmt::format(R"(,"args":{{"number":{}}}}})", event.number) : "}";
    }
    return text;
}

}  // namespace

TraceFile::TraceFile(std::filesystem::path path, const comm::Communicator* world)
    : path_(std::move(path)), world_(world), began_(trace::now()) {
    const auto try_to_write = [this] {  // not after hours of work
        if (world_ && !world_->is_root()) return;
        const auto temporary = temporary_beside(path_);
        if (!std::ofstream(temporary))
            throw StoreError(path_.string(), "cannot write a trace there; is there such a folder?");
        std::filesystem::remove(temporary);
    };
    world_ ? comm::run_together(*world_, try_to_write) : try_to_write();
    trace::name_thread("main");
    trace::start(most_events);
}

void TraceFile::write(const std::string& command) const {
    const auto recording = trace::stop();
    const int rank = world_ ? world_->rank() : 0, ranks = world_ ? world_->size() : 1;
    std::string began = std::to_string(began_);
    if (world_) world_->broadcast(began);
    const std::int64_t offset = world_ ? comm::clock_offset(*world_) : 0;
    const std::string mine = render(recording, rank, std::stoll(began) - offset);
    const std::int64_t left_out = world_ ? world_->sum(recording.left_out) : recording.left_out;
    if (left_out > 0)
        log::warning(
            fmt::format("{}: of each rank the first {} events; {} of all came behind them. Mend: trace fewer "
                        "steps",
                        path_.string(), most_events, left_out));
    const auto temporary = temporary_beside(path_);
    std::ofstream file;
    if (rank == 0) {
        file.open(temporary);
        file << R"({"displayTimeUnit":"ms","otherData":)"
             << Json{{"command", command}, {"version", version()}, {"git_commit", git_commit()}}.dump()
             << ",\"traceEvents\":[\n";
    }
    for (int from = 0; from < ranks; ++from) {  // one at a time: none holds more than its own and one other
        std::string part = from == rank ? mine : std::string();
        if (world_) world_->broadcast(part, from);
        if (rank == 0) file << (from > 0 ? ",\n" : "") << part;
    }
    const auto publish = [&] {
        if (rank > 0) return;
        file << "\n]}\n";
        file.close();
        if (!file) throw StoreError(path_.string(), "cannot write the trace; is the disk full?");
        publish_file(temporary, path_);
        log::info(fmt::format("trace: {} (chrome://tracing, https://ui.perfetto.dev)", path_.string()));
    };
    world_ ? comm::run_together(*world_, publish) : publish();
}

}  // namespace gridring::app
