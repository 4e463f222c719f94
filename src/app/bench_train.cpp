// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <numeric>

#include "app/bench.hpp"
#include "app/hop_costs.hpp"
#include "app/visible_pairs.hpp"
#include "gridring/attention/machine_limits.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/random.hpp"
#include "gridring/math/matrix.hpp"
#include "gridring/model/energy_transformer.hpp"
#include "gridring/train/optimizer.hpp"

namespace gridring::app {
namespace {

constexpr model::InputWidths inputs{.token = 16, .target = 8};

struct Arguments : RingArguments {
    std::string command, json, exchange{comm::to_string(ring::Options{}.exchange)};
    std::vector<std::int64_t> widths{128, 256}, sequences{512, 2048}, batches{4, 1};
    std::int64_t heads = 8, layers = 4, feed_forward = 0, horizon = 1, kept_mb = -1, data_ranks = 1;
    int steps = 10;
};

/// One job: `batch` sequences of `sequence` steps through one model.
struct Job {
    model::Options model;
    std::int64_t sequence, batch;

    std::int64_t tokens() const { return sequence * batch; }
    Job part(std::int64_t groups) const { return {model, sequence, batch / groups}; }
};

Job make_job(const Arguments& arguments, std::int64_t width, std::size_t size) {
    Job job{{}, arguments.sequences[size], arguments.batches[size]};
    job.model.layers = arguments.layers;
    job.model.width = width;
    job.model.heads = job.model.kv_heads = arguments.heads;
    // Three matrices of 8/3 · width have the weights of two of 4 · width, rounded up to whole vectors.
    job.model.feed_forward = arguments.feed_forward > 0 ? arguments.feed_forward : (8 * width / 3 + 15) / 16 * 16;
    job.model.head_width = 16;
    job.model.horizon = arguments.horizon;
    return job;
}

/// Weights that every token is multiplied with: 2 flops each forward, 4 backward.
double weights_a_token(const model::Options& o) {
    const std::int64_t layer = 2 * o.width * o.width * (o.heads + o.kv_heads) / o.heads + 3 * o.width * o.feed_forward;
    const std::int64_t quantiles = std::ssize(o.quantiles);
    const std::int64_t lead =
        (inputs.target + quantiles + (o.head_layers - 1) * o.head_width) * o.head_width + inputs.target * quantiles;
    const std::int64_t head = o.width * o.head_width + o.horizon * lead;
    return static_cast<double>(o.layers * layer + inputs.token * o.width + head);
}

double flops_a_step(const Job& job, const ring::RingAttention& ring, const attention::Mask& mask) {
    const auto pairs = visible_pairs(ring.partition(), mask, 1);
    const double attention =
        static_cast<double>(job.batch) * forward_flops(std::accumulate(pairs.begin(), pairs.end(), 0.0), ring.shape());
    return 6 * weights_a_token(job.model) * static_cast<double>(job.tokens()) +
           (1 + backward_over_forward) * static_cast<double>(job.model.layers) * attention;
}

/// Normal numbers, the same in every run.
model::Batch synthetic_batch(const Job& job, std::int64_t rows) {
    model::Batch batch;
    batch.batch = job.batch, batch.rows = rows, batch.leads.resize(static_cast<std::size_t>(job.model.horizon));
    std::iota(batch.leads.begin(), batch.leads.end(), 1);
    Random random(7);
    const auto fill = [&](std::vector<float>& values, std::int64_t count) {
        values.resize(static_cast<std::size_t>(count));
        for (float& value : values) value = static_cast<float>(random.normal());
    };
    const std::int64_t lines = job.batch * rows;
    fill(batch.token, lines * inputs.token);
    fill(batch.target, lines * job.model.horizon * inputs.target);
    fill(batch.baseline, lines * job.model.horizon);
    fill(batch.actual, lines * job.model.horizon);
    batch.weight.assign(batch.actual.size(), 1.0F);
    batch.key_is_valid.assign(static_cast<std::size_t>(lines), 1);
    batch.origins.resize(static_cast<std::size_t>(lines));  // every hour forecasts
    std::iota(batch.origins.begin(), batch.origins.end(), 0);
    return batch;
}

/// Seconds of one step on this rank.
struct Parts {
    double attention_forward = 0, attention_backward = 0, exchange = 0, products = 0, optimiser = 0;
};

double compute_seconds(const std::vector<ring::HopCost>& hops) {
    return std::accumulate(hops.begin(), hops.end(), 0.0,
                           [](double sum, const auto& hop) { return sum + hop.compute_seconds; });
}
double exposed_seconds(const std::vector<ring::HopCost>& hops) {
    return std::accumulate(hops.begin(), hops.end(), 0.0,
                           [](double sum, const auto& hop) { return sum + hop.exposed_seconds; });
}

ring::Options ring_options(const Arguments& arguments) {
    ring::Options options = resolve(arguments, true);
    options.exchange = comm::parse_exchange_method(arguments.exchange);
    return options;
}

/// A model in training, on all ranks together.
class Training {
public:
    Training(const comm::Communicator& world, const Arguments& arguments, const Job& job)
        : world_(world),
          group_(world.split(static_cast<int>(world.rank() * arguments.data_ranks / world.size()), world.rank())),
          job_(job),
          options_(ring_options(arguments)),
          model_(job.model, inputs, 1),
          ring_(group_, make_partition(arguments, options_.mask, job.sequence, group_.size()),
                model_.attention_shape(job.part(arguments.data_ranks).batch), options_),
          optimizer_(model_.parameters(), world.share(model_.parameters().values().size()), {}),
          batch_(synthetic_batch(job.part(arguments.data_ranks), ring_.rows())) {
        if (arguments.kept_mb >= 0) model_.keep_at_most(arguments.kept_mb << 20);
    }

    double flops() const { return flops_a_step(job_, ring_, options_.mask); }
    std::int64_t parameters() { return model_.parameters().size(); }
    /// As train::Trainer does it, without making the batch.
    void step(std::int64_t number, std::int64_t steps) {
        model_.forward(batch_, ring_);
        model_.loss(batch_);
        model_.parameters().clear_gradients(ring_.team());
        model_.backward(batch_, ring_, 1.0 / static_cast<double>(job_.tokens() * job_.model.horizon));
        const auto start = std::chrono::steady_clock::now();
        train::update(world_, model_.parameters(), optimizer_, number, steps, ring_.team());
        parts_.optimiser = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    /// Of the last step; forgets it.
    Parts parts() {
        const auto& telemetry = ring_.telemetry();
        parts_.attention_forward = compute_seconds(telemetry.forward);
        parts_.attention_backward = compute_seconds(telemetry.backward);
        parts_.exchange = exposed_seconds(telemetry.forward) + exposed_seconds(telemetry.backward);
        parts_.products = math::take_product_seconds();
        ring_.reset_telemetry();
        return parts_;
    }

private:
    const comm::Communicator& world_;
    comm::Communicator group_;
    const Job& job_;
    ring::Options options_;
    model::EnergyTransformer model_;
    ring::RingAttention ring_;
    train::AdamW optimizer_;
    model::Batch batch_;
    Parts parts_;
};

/// Processor time of all threads of this process.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Over all ranks. `cpu` is a second of the processors' time: it does not see what neighbours take of the cores.
struct Peak {
    double wall, cpu;
};
Peak peak_together(const comm::Communicator& world, int threads) {
    world.barrier();
    const auto start = std::chrono::steady_clock::now();
    const double cpu_start = cpu_seconds(), gflops = attention::fma_gflops_once(threads);
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::vector<double> peak{gflops, gflops * wall / (cpu_seconds() - cpu_start)};
    world.sum(std::span<double>(peak));
    return {peak[0], peak[1]};
}

/// What a step took on the slowest rank, and what it cost on all of them.
struct Step {
    double wall, cpu;
};

/// Shares are per cent of the step's time.
struct Measured {
    std::vector<double> seconds, cpu_seconds, peaks, percents, cpu_percents;
    std::vector<double> forward, backward, exchange, products, optimiser, rest;

    void add(const Step& step, const Peak& peak, int ranks, double flops, const Parts& parts) {
        const auto share = [&](double part) { return 100 * part / step.wall; };
        seconds.push_back(step.wall), cpu_seconds.push_back(step.cpu), peaks.push_back(peak.wall);
        percents.push_back(1e-7 * flops / step.wall / peak.wall);
        cpu_percents.push_back(1e-7 * flops / step.cpu / (peak.cpu / ranks));
        forward.push_back(share(parts.attention_forward)), backward.push_back(share(parts.attention_backward));
        exchange.push_back(share(parts.exchange)), products.push_back(share(parts.products));
        optimiser.push_back(share(parts.optimiser));
        rest.push_back(100 - forward.back() - backward.back() - exchange.back() - products.back() - optimiser.back());
    }
};

/// One repetition of the peak, one step, in turn: both meet the same clocks and neighbours. The first two steps warm.
Measured measure(const comm::Communicator& world, const Arguments& arguments, Training& training) {
    Measured measured;
    for (int step = 0; step < arguments.steps + 2; ++step) {
        const Peak before = peak_together(world, arguments.threads);
        training.parts();
        const double cpu_start = cpu_seconds();
        const double wall = seconds_together(world, [&] { training.step(step, arguments.steps + 2); });
        std::vector<double> cpu{cpu_seconds() - cpu_start};
        world.sum(std::span<double>(cpu));
        const Peak after = peak_together(world, arguments.threads);
        const Peak peak{(before.wall + after.wall) / 2, (before.cpu + after.cpu) / 2};
        if (step >= 2) measured.add({wall, cpu.front()}, peak, world.size(), training.flops(), training.parts());
    }
    return measured;
}

void run_job(const comm::Communicator& world, const Arguments& arguments, const Job& job, nlohmann::json& rows) {
    Training training(world, arguments, job);
    const Measured measured = measure(world, arguments, training);
    const double seconds = median(measured.seconds), flops = training.flops();
    rows.push_back({{"width", job.model.width},
                    {"heads", job.model.heads},
                    {"layers", job.model.layers},
                    {"feed_forward", job.model.feed_forward},
                    {"horizon", job.model.horizon},
                    {"head_width", job.model.head_width},
                    {"sequence", job.sequence},
                    {"batch", job.batch},
                    {"ranks", world.size()},
                    {"data_ranks", arguments.data_ranks},
                    {"threads", arguments.threads},
                    {"parameters", training.parameters()},
                    {"flops_a_step", flops},
                    {"seconds", seconds},
                    {"tokens_per_second", static_cast<double>(job.tokens()) / seconds},
                    {"gflops", 1e-9 * flops / seconds},
                    {"peak_gflops", median(measured.peaks)},
                    {"percent_of_peak", median(measured.percents)},
                    {"cpu_seconds", median(measured.cpu_seconds)},
                    {"percent_of_peak_by_cpu", median(measured.cpu_percents)},
                    {"attention_forward_percent", median(measured.forward)},
                    {"attention_backward_percent", median(measured.backward)},
                    {"exchange_percent", median(measured.exchange)},
                    {"products_percent", median(measured.products)},
                    {"optimiser_percent", median(measured.optimiser)},
                    {"elementwise_percent", median(measured.rest)}});
    if (!world.is_root()) return;
    const auto& row = rows.back();
    const auto number = [&](const char* key) { return row[key].get<double>(); };
    fmt::print(
        "{:>5} {:>12} {:>10.0f} {:>8.1f} {:>8.1f} {:>6.1f} {:>6.1f}   {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f} "
        "{:>8.1f}\n",
        job.model.width, fmt::format("{} x {}", job.sequence, job.batch), number("tokens_per_second"), number("gflops"),
        number("peak_gflops"), number("percent_of_peak"), number("percent_of_peak_by_cpu"), number("products_percent"),
        number("attention_forward_percent"), number("attention_backward_percent"), number("elementwise_percent"),
        number("optimiser_percent"), number("exchange_percent"));
}

void check(const Arguments& arguments, std::int64_t ranks) {
    const auto require = [](bool holds, const std::string& problem) {
        if (!holds) throw ConfigError(problem);
    };
    require(arguments.sequences.size() == arguments.batches.size(),
            fmt::format("--batch: expected as many as --sequence has ({}), found {}", arguments.sequences.size(),
                        arguments.batches.size()));
    for (const auto& values : {arguments.sequences, arguments.batches})
        for (const std::int64_t value : values)
            require(value >= 1, fmt::format("--sequence, --batch: expected at least 1, found {}", value));
    const std::int64_t groups = arguments.data_ranks;
    require(groups >= 1 && ranks % groups == 0,
            fmt::format("--data-ranks: expected a divisor of the number of ranks ({}), found {}", ranks, groups));
    for (const std::int64_t batch : arguments.batches)
        require(batch % groups == 0,
                fmt::format("--data-ranks: expected a divisor of each --batch, found {} of {}", groups, batch));
    require(arguments.steps >= 1, fmt::format("--steps: expected at least 1, found {}", arguments.steps));
    check_report(arguments.json);
}

void bench_train(const comm::Communicator& world, const Arguments& arguments) {
    std::vector<Job> jobs;
    comm::run_together(world, [&] {
        check(arguments, world.size());
        for (const std::int64_t width : arguments.widths)
            for (std::size_t size = 0; size < arguments.sequences.size(); ++size)
                jobs.push_back(make_job(arguments, width, size));
    });
    if (world.is_root()) {
        const auto& model = jobs.front().model;
        fmt::print("{} ranks x {} threads, {} layers, {} heads, {}; one step: forward, backward, AdamW\n", world.size(),
                   arguments.threads, model.layers, model.heads, backend_named(arguments.backend).instructions);
        fmt::print(
            "flops: 6 a weight and token, attention 3.5 times 4 pairs x head_dim; peak: fp32 FMA, in turn with it, by "
            "the clock and by\n"
            "processor time; then per cent of the step\n");
        fmt::print("{:>5} {:>12} {:>10} {:>8} {:>8} {:>6} {:>6}   {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "width",
                   "hours x seq", "tokens/s", "GFLOP/s", "peak", "%", "% cpu", "products", "att fwd", "att bwd",
                   "element", "AdamW", "wait");
    }
    nlohmann::json rows = nlohmann::json::array();
    for (const Job& job : jobs) run_job(world, arguments, job, rows);
    comm::run_together(world, [&] {
        if (world.is_root())
            write_report(arguments.json, fmt::format("mpirun -n {} gridring {}", world.size(), arguments.command),
                         rows);
    });
}

}  // namespace

void add_bench_train(CLI::App& bench, Action& action) {
    auto* command = bench.add_subcommand("train", "One step of training against the machine's peak, and its parts");
    command->footer(
        "Inputs are random numbers; the model is what `gridring train` trains, with a small head. Each --width meets "
        "each\n"
        "pair of --sequence and --batch. Several ranks share each sequence, as in training; with --data-ranks D, D "
        "groups\n"
        "of ranks have sequences of their own.\n"
        "Example: gridring bench train --json train.json\n"
        "         mpirun -n 2 gridring bench train --width 256 --sequence 2048 --batch 1");
    auto arguments = std::make_shared<Arguments>();
    const auto list = [&](const char* name, std::vector<std::int64_t>& values, const char* help) {
        command->add_option(name, values, help)->delimiter(',')->capture_default_str();
    };
    list("--width", arguments->widths, "of the model; several: 128,256");
    list("--sequence", arguments->sequences, "hours; several: 512,2048");
    list("--batch", arguments->batches, "sequences a step, one for each --sequence");
    command->add_option("--heads", arguments->heads)->capture_default_str();
    command->add_option("--layers", arguments->layers)->capture_default_str();
    command->add_option("--feed-forward", arguments->feed_forward, "hidden width; 0 = 8/3 of the width, in 16s");
    command->add_option("--horizon", arguments->horizon, "hours that every position predicts")->capture_default_str();
    command
        ->add_option("--data-ranks", arguments->data_ranks,
                     "groups of ranks with sequences of their own, as train.data_ranks")
        ->capture_default_str();
    command->add_option("--keep", arguments->kept_mb,
                        "MiB of hidden values kept for the backward pass; -1 = as trained");
    command->add_option("--steps", arguments->steps, "that are measured, after two that warm")->capture_default_str();
    command->add_option("--exchange", arguments->exchange, "sendrecv, nonblocking, shared or auto")
        ->capture_default_str();
    command->add_option("--json", arguments->json, "write the table to this file as well")->type_name("FILE");
    add_kernel_options(*command, *arguments);
    add_ring_options(*command, *arguments);
    command->callback([&action, arguments] {
        arguments->command = action.command;
        action.run = [arguments](const comm::Communicator* world) { bench_train(*world, *arguments); };
    });
}

}  // namespace gridring::app
