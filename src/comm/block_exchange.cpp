// SPDX-License-Identifier: MIT
#include "gridring/comm/block_exchange.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "comm/handle.hpp"
#include "comm/thread_clock.hpp"
#include "comm/transfer.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/trace.hpp"

namespace gridring::comm {
namespace {

constexpr std::array<std::pair<ExchangeMethod, std::string_view>, 4> names{
    {{ExchangeMethod::sendrecv, "sendrecv"},
     {ExchangeMethod::nonblocking, "nonblocking"},
     {ExchangeMethod::shared, "shared"},
     {ExchangeMethod::automatic, "auto"}}};

enum class Stage { idle, in_flight, arrived, stopping };
using TransferFunction = void (*)(const Communicator&, const Transfer&);

/// What the computing and the communicating thread share. `stage` says whose the other fields are: the communicating
/// thread's while in_flight, else the computing thread's.
struct Desk {
    explicit Desk(Communicator communicator) : ring(std::move(communicator)) {}

    std::mutex mutex;
    std::condition_variable changed;
    Stage stage = Stage::idle;
    Communicator ring;
    Transfer transfer{};
    Clock::time_point started;
    double transfer_seconds = 0, cpu_seconds = 0;
    std::exception_ptr failure;

    void set(Stage next) {
        const std::lock_guard lock(mutex);
        stage = next;
        changed.notify_all();
    }
    template <class Condition>
    void wait(const Condition& condition) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return condition(stage); });
    }
    /// False when the transfer is still under way at `deadline`; 0 = wait for ever.
    bool has_arrived_within(std::chrono::milliseconds deadline) {
        std::unique_lock lock(mutex);
        const auto has_arrived = [&] { return stage == Stage::arrived; };
        if (deadline.count() > 0) return changed.wait_for(lock, deadline, has_arrived);
        changed.wait(lock, has_arrived);
        return true;
    }
};

/// The communicating thread: lives as long as the exchange, since starting a thread costs more than a small hop.
void serve(const std::shared_ptr<Desk>& desk, TransferFunction run) {
    trace::name_thread("exchange");
    for (;;) {
        desk->wait([](Stage stage) { return stage == Stage::in_flight || stage == Stage::stopping; });
        if (desk->stage == Stage::stopping) return;
        const double cpu_before = thread_seconds();
        try {
            const trace::Span span("exchange", "transfer of bytes",
                                   static_cast<std::int64_t>(desk->transfer.send.size()));
            run(desk->ring, desk->transfer);
        } catch (...) {
            desk->failure = std::current_exception();
        }
        desk->cpu_seconds = thread_seconds() - cpu_before;
        desk->transfer_seconds = seconds_since(desk->started);
        desk->set(Stage::arrived);
    }
}

/// What a rank that gave up waiting says. `transfer` belongs to the communicating thread, which does not write to it.
std::string describe(const Communicator& ring, const Transfer& transfer, std::chrono::milliseconds waited) {
    const auto part = [](const char* what, std::size_t bytes, const char* way, int rank) {
        return rank == Route::nobody ? std::string{}
                                     : what + std::to_string(bytes) + " bytes " + way + std::to_string(rank);
    };
    const auto& [to, from] = transfer.route;
    return "rank " + std::to_string(ring.rank()) + " of " + std::to_string(ring.size()) + " waited " +
           std::to_string(waited.count()) + " ms in vain" +
           part(": to receive ", transfer.receive.size(), "from rank ", from) +
           part(from == Route::nobody ? ": to send " : " and to send ", transfer.send.size(), "to rank ", to) +
           ". One of them stopped, is cut off, or works longer on a hop than the deadline (--deadline, "
           "ring.deadline_seconds) grants";
}

class ThreadedExchange final : public BlockExchange {
public:
    ThreadedExchange(const Communicator& ring, TransferFunction run, std::size_t piece,
                     std::chrono::milliseconds deadline)
        : BlockExchange(ring),
          desk_(std::make_shared<Desk>(ring.duplicate())),
          piece_(piece),
          deadline_(deadline),
          thread_(serve, desk_, run) {}

    ~ThreadedExchange() override {
        if (desk_is(Stage::in_flight)) {  // unwinding: the partner may never answer, and the process is about to abort
            thread_.detach();
            return;
        }
        desk_->set(Stage::stopping);
        thread_.join();
    }

    using BlockExchange::start;
    void start(std::span<const std::byte> send, std::span<std::byte> receive, Route route) override {
        expects(desk_is(Stage::idle), "BlockExchange::start: the exchange before has not been finished");
        expects((route.to != Route::nobody || send.empty()) && (route.from != Route::nobody || receive.empty()),
                "BlockExchange::start: no bytes for nobody");
        desk_->transfer = {send, receive, route, piece_};
        desk_->started = Clock::now();
        desk_->set(Stage::in_flight);
    }

    ExchangeCost finish() override {
        expects(!desk_is(Stage::idle), "BlockExchange::finish: nothing has been started");
        const auto waiting_since = Clock::now();
        if (!desk_->has_arrived_within(deadline_)) throw CommError(describe(desk_->ring, desk_->transfer, deadline_));
        desk_->set(Stage::idle);
        if (desk_->failure) std::rethrow_exception(std::exchange(desk_->failure, nullptr));
        const Transfer& transfer = desk_->transfer;
        return {.transfer_seconds = desk_->transfer_seconds,
                .exposed_seconds = seconds_since(waiting_since),
                .cpu_seconds = desk_->cpu_seconds,
                .bytes_sent = transfer.send.size(),
                .bytes_received = transfer.receive.size(),
                .messages_sent = transfer.sends()};
    }

private:
    bool desk_is(Stage stage) {
        const std::lock_guard lock(desk_->mutex);
        return desk_->stage == stage;
    }

    std::shared_ptr<Desk> desk_;
    std::size_t piece_;
    std::chrono::milliseconds deadline_;
    std::thread thread_;
};

}  // namespace

ExchangeMethod parse_exchange_method(std::string_view name) {
    for (const auto& [method, known] : names)
        if (name == known) return method;
    throw ConfigError("expected an exchange method (sendrecv, nonblocking, shared or auto), found '" +
                      std::string(name) + "'");
}

std::string_view to_string(ExchangeMethod method) { return names[static_cast<std::size_t>(method)].second; }

std::unique_ptr<BlockExchange> make_exchange(const Communicator& ring, ExchangeMethod method, std::size_t piece,
                                             std::chrono::milliseconds deadline) {
    const bool is_blocking = method == ExchangeMethod::sendrecv || method == ExchangeMethod::automatic;
    const auto run = is_blocking ? transfer_blocking : transfer_polling;
    return std::make_unique<ThreadedExchange>(ring, run, piece, deadline);
}

std::unique_ptr<BlockExchange> make_exchange(const Communicator& ring, ExchangeMethod method,
                                             std::chrono::milliseconds deadline) {
    return make_exchange(ring, method, max_message_bytes, deadline);
}

}  // namespace gridring::comm
