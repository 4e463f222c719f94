// SPDX-License-Identifier: MIT
#include "gridring/comm/block_exchange.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "comm/handle.hpp"
#include "comm/transfer.hpp"
#include "gridring/core/error.hpp"

namespace gridring::comm {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

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
    double transfer_seconds = 0;
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
};

/// The communicating thread: lives as long as the exchange, since starting a thread costs more than a small hop.
void serve(const std::shared_ptr<Desk>& desk, TransferFunction run) {
    for (;;) {
        desk->wait([](Stage stage) { return stage == Stage::in_flight || stage == Stage::stopping; });
        if (desk->stage == Stage::stopping) return;
        try {
            run(desk->ring, desk->transfer);
        } catch (...) {
            desk->failure = std::current_exception();
        }
        desk->transfer_seconds = seconds_since(desk->started);
        desk->set(Stage::arrived);
    }
}

class ThreadedExchange final : public BlockExchange {
public:
    ThreadedExchange(Communicator ring, TransferFunction run, std::size_t piece)
        : desk_(std::make_shared<Desk>(std::move(ring))), piece_(piece), thread_(serve, desk_, run) {}

    ~ThreadedExchange() override {
        if (desk_is(Stage::in_flight)) {  // unwinding: the partner may never answer, and the process is about to abort
            thread_.detach();
            return;
        }
        desk_->set(Stage::stopping);
        thread_.join();
    }

    void start(std::span<const std::byte> send, std::span<std::byte> receive) override {
        expects(desk_is(Stage::idle), "BlockExchange::start: the exchange before has not been finished");
        desk_->transfer = {send, receive, piece_};
        desk_->started = Clock::now();
        desk_->set(Stage::in_flight);
    }

    ExchangeCost finish() override {
        expects(!desk_is(Stage::idle), "BlockExchange::finish: nothing has been started");
        const auto waiting_since = Clock::now();
        desk_->wait([](Stage stage) { return stage == Stage::arrived; });  // a deadline belongs here
        desk_->set(Stage::idle);
        if (desk_->failure) std::rethrow_exception(std::exchange(desk_->failure, nullptr));
        const auto& [send, receive, piece] = desk_->transfer;
        return {.transfer_seconds = desk_->transfer_seconds,
                .exposed_seconds = seconds_since(waiting_since),
                .bytes_sent = send.size(),
                .bytes_received = receive.size(),
                .messages_sent = message_count(send.size(), piece)};
    }

private:
    bool desk_is(Stage stage) {
        const std::lock_guard lock(desk_->mutex);
        return desk_->stage == stage;
    }

    std::shared_ptr<Desk> desk_;
    std::size_t piece_;
    std::thread thread_;
};

}  // namespace

ExchangeMethod parse_exchange_method(std::string_view name) {
    for (const auto method : {ExchangeMethod::sendrecv, ExchangeMethod::nonblocking})
        if (name == to_string(method)) return method;
    throw ConfigError("expected an exchange method (sendrecv or nonblocking), found '" + std::string(name) + "'");
}

std::string_view to_string(ExchangeMethod method) {
    return method == ExchangeMethod::sendrecv ? "sendrecv" : "nonblocking";
}

std::unique_ptr<BlockExchange> make_exchange(const Communicator& ring, ExchangeMethod method, std::size_t piece) {
    const auto run = method == ExchangeMethod::sendrecv ? transfer_blocking : transfer_polling;
    return std::make_unique<ThreadedExchange>(ring.duplicate(), run, piece);
}

std::unique_ptr<BlockExchange> make_exchange(const Communicator& ring, ExchangeMethod method) {
    return make_exchange(ring, method, max_message_bytes);
}

}  // namespace gridring::comm
