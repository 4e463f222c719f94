// SPDX-License-Identifier: MIT
// The main of the MPI tests: rank 0 prints, the others keep what they would have said and rank 0 prints it at the end
// if they failed. The exit code is the largest of all ranks.
#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS  // an aborted run ends the partners by SIGTERM: no news about the tests
#include <doctest/doctest.h>

#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "gridring/comm/environment.hpp"
#include "mpi.hpp"

namespace gridring::test {
namespace {

std::optional<comm::Communicator> all_ranks;
std::ostringstream kept;  // what ranks other than 0 would have printed

[[noreturn]] void end_every_rank(const std::string& reason) {
    std::cerr << "rank " << world().rank() << " of " << world().size() << ": " << reason << '\n'
              << kept.str() << std::endl;
    comm::Environment::abort(1);
}

/// Ends the run when one rank leaves a test case early.
struct EarlyExit final : doctest::IReporter {
    explicit EarlyExit(const doctest::ContextOptions&) {}
    void log_assert(const doctest::AssertData& assertion) override {
        if (assertion.m_failed && (assertion.m_at & doctest::assertType::is_require) != 0)
            end_every_rank(std::string("REQUIRE failed: ") + assertion.m_expr + " at " + assertion.m_file + ":" +
                           std::to_string(assertion.m_line));
    }
    void test_case_exception(const doctest::TestCaseException& thrown) override {
        end_every_rank(std::string("a test case threw: ") + thrown.error_string.c_str());
    }
    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats&) override {}
    void test_case_start(const doctest::TestCaseData&) override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_message(const doctest::MessageData&) override {}
    void test_case_skipped(const doctest::TestCaseData&) override {}
};
REGISTER_LISTENER("early_exit", 1, EarlyExit);

int run(int argc, char** argv) {
    doctest::Context context(argc, argv);
    if (!world().is_root()) context.setCout(&kept);
    const int mine = context.run();
    const auto said = world().all_gather(mine == 0 ? "" : kept.str());
    if (world().is_root())
        for (int rank = 1; rank < world().size(); ++rank)
            if (const auto& text = said[static_cast<std::size_t>(rank)]; !text.empty())
                std::cout << "--- rank " << rank << " of " << world().size() << " failed:\n" << text << std::endl;
    return static_cast<int>(world().max(mine));
}

}  // namespace

const comm::Communicator& world() { return *all_ranks; }

}  // namespace gridring::test

int main(int argc, char** argv) {
    gridring::comm::Environment environment(argc, argv);
    gridring::test::all_ranks.emplace(gridring::comm::Communicator::world());
    const int code = gridring::test::run(argc, argv);
    gridring::test::all_ranks.reset();
    return code;
}
