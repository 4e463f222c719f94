// SPDX-License-Identifier: MIT
#include "gridring/comm/communicator.hpp"

#include <exception>
#include <memory>
#include <thread>
#include <utility>

#include "comm/handle.hpp"

namespace gridring::comm {

Communicator::Communicator(Handle* handle) : handle_(handle) {
    check(MPI_Comm_set_errhandler(handle_->mpi, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_rank(handle_->mpi, &rank_), "MPI_Comm_rank");
    check(MPI_Comm_size(handle_->mpi, &size_), "MPI_Comm_size");
}

Communicator Communicator::duplicate_of(const Handle& parent) {
    auto copy = std::make_unique<Handle>();
    check(MPI_Comm_dup(parent.mpi, &copy->mpi), "MPI_Comm_dup");
    return Communicator(copy.release());
}

Communicator Communicator::world() { return duplicate_of({MPI_COMM_WORLD}); }
Communicator Communicator::duplicate() const { return duplicate_of(*handle_); }

Communicator Communicator::split(int color, int key) const {
    auto part = std::make_unique<Handle>();
    check(MPI_Comm_split(handle_->mpi, color, key, &part->mpi), "MPI_Comm_split");
    return Communicator(part.release());
}

Communicator Communicator::split_by_memory() const {
    auto part = std::make_unique<Handle>();
    check(MPI_Comm_split_type(handle_->mpi, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &part->mpi),
          "MPI_Comm_split_type");
    return Communicator(part.release());
}

Communicator::Communicator(Communicator&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), rank_(other.rank_), size_(other.size_) {}

Communicator& Communicator::operator=(Communicator&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(rank_, other.rank_);
    std::swap(size_, other.size_);
    return *this;
}

Communicator::~Communicator() {
    const std::unique_ptr<Handle> handle(handle_);
    int is_finalized = 0;
    MPI_Finalized(&is_finalized);
    if (handle && is_finalized == 0 && std::uncaught_exceptions() == 0) MPI_Comm_free(&handle->mpi);
}

void Communicator::barrier() const { check(MPI_Barrier(handle_->mpi), "MPI_Barrier"); }

void Communicator::sleeping_barrier(std::chrono::milliseconds look_every) const {
    MPI_Request request;
    check(MPI_Ibarrier(handle_->mpi, &request), "MPI_Ibarrier");
    int is_done = 0;
    while (check(MPI_Test(&request, &is_done, MPI_STATUS_IGNORE), "MPI_Test"), is_done == 0)
        std::this_thread::sleep_for(look_every);
}

void Communicator::agree(const std::string& failure, int exit_code) const {
    const int candidate = failure.empty() ? size_ : rank_;
    int first = size_;
    check(MPI_Allreduce(&candidate, &first, 1, MPI_INT, MPI_MIN, handle_->mpi), "MPI_Allreduce");
    if (first == size_) return;
    std::string message = failure;
    if (first != 0) message += " (on rank " + std::to_string(first) + " of " + std::to_string(size_) + ")";
    broadcast(message, first);
    broadcast(std::as_writable_bytes(std::span(&exit_code, 1)), first);
    throw AgreedError(static_cast<ExitCode>(exit_code), message);
}

}  // namespace gridring::comm
