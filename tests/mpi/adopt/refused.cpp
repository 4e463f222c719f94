// SPDX-License-Identifier: MIT
// What adopt() says before MPI runs, when it runs with too few threads, and afterwards. MPI starts once a process: a
// main of its own.
#include <iostream>
#include <string>

#include "gridring/comm/adopt.hpp"

namespace {

int failures = 0;

void expect_refusal(const std::string& part) {
    std::string found = "no refusal";
    try {
        (void)gridring::comm::adopt(MPI_COMM_WORLD);
    } catch (const gridring::CommError& error) {
        found = error.what();
    }
    if (found.find(part) != std::string::npos) return;
    std::cerr << "expected '…" << part << "…', found '" << found << "'\n";
    ++failures;
}

}  // namespace

int main(int argc, char** argv) {
    expect_refusal("found one that is not initialised");
    int level = MPI_THREAD_SINGLE;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    if (level < MPI_THREAD_MULTIPLE) expect_refusal("found thread level " + std::to_string(level));
    MPI_Finalize();
    expect_refusal("found one that is finalised");
    return failures;
}
