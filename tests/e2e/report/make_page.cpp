// SPDX-License-Identifier: MIT
// make_page FOLDER: the report of a synthetic run, FOLDER/report.html, and of
// one that left little behind, FOLDER/sparse/report.html.
#include "gridring/core/atomic_file.hpp"
#include "gridring/observe/report.hpp"
#include "synthetic_run.hpp"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const std::filesystem::path folder = argv[1], sparse = folder / "sparse";
    gridring::test::write_synthetic_run(folder);
    gridring::observe::write_report(folder, folder / "report.html");

    std::filesystem::create_directories(sparse);
    gridring::write_file_atomically(sparse / "scores.json",
                                    R"({"regions": [{"code": "X", "mape": 5}, {"code": "Y"}]})");
    gridring::write_file_atomically(sparse / "training.json",
                                    R"({"ring": {"forward_calls": 0}, "training_loss": [0.5, null]})");
    gridring::write_file_atomically(sparse / "extraction.json", "{}");
    gridring::observe::write_report(sparse, sparse / "report.html");
}
