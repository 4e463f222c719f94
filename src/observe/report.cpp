// SPDX-License-Identifier: MIT
#include "gridring/observe/report.hpp"

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/hours.hpp"
#include "observe/assets.hpp"
#include "observe/page.hpp"
#include "observe/run_data.hpp"

namespace gridring::observe {

void write_report(const std::filesystem::path& run_folder, const std::filesystem::path& html) {
    nlohmann::json data = run_data(run_folder);
    data["written"] = {{"at", utc_timestamp()}, {"version", version()}, {"git_commit", git_commit()}};
    const std::string text = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    write_file_atomically(
        html, fill(asset("report.html"), {{"title", escape_html(data["name"].get<std::string>())},
                                          {"verdict", escape_html(data["verdict"].get<std::string>())},
                                          {"style", std::string(asset("page.css"))},
                                          {"data", escape_json(text)},
                                          {"chart_library", std::string(asset("chart.min.js"))},
                                          {"scripts", section_scripts() + std::string(asset("report.js"))}}));
}

}  // namespace gridring::observe
