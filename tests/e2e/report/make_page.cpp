// SPDX-License-Identifier: MIT
// make_page FOLDER: a synthetic run folder and its report, FOLDER/report.html, for the browser.
#include "gridring/observe/report.hpp"
#include "synthetic_run.hpp"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const std::filesystem::path folder = argv[1];
    gridring::test::write_synthetic_run(folder);
    gridring::observe::write_report(folder, folder / "report.html");
}
