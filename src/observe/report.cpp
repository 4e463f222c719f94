// SPDX-License-Identifier: MIT
#include "gridring/observe/report.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/hours.hpp"
#include "observe/assets.hpp"
#include "observe/live_data.hpp"
#include "observe/page.hpp"
#include "observe/run_data.hpp"
#include "observe/run_folder.hpp"

namespace gridring::observe {

namespace {

using nlohmann::json;
using Parts = std::map<std::string, std::string, std::less<>>;

/// page.html around the body of its `kind`, report or sweep, which names {{title}} and what is in `parts`.
void write_page(const std::string& kind, json data, const std::string& scripts, Parts parts,
                const std::filesystem::path& html) {
    data["written"] = {{"at", utc_timestamp()}, {"version", version()}, {"git_commit", git_commit()}};
    parts["title"] = escape_html(data["name"].get<std::string>());
    parts["body"] = fill(asset(kind + ".html"), parts);
    parts["kind"] = kind;
    parts["style"] = asset("page.css");
    parts["data"] = escape_json(data.dump(-1, ' ', false, json::error_handler_t::replace));
    parts["chart_library"] = asset("chart.min.js");
    parts["scripts"] = scripts + std::string(asset(kind + ".js"));
    write_file_atomically(html, fill(asset("page.html"), parts));
}

}  // namespace

void write_report(const std::filesystem::path& run_folder, const std::filesystem::path& html) {
    json data = run_data(run_folder);
    data.update(live_data(run_folder));
    const std::string verdict = escape_html(data["verdict"].get<std::string>());
    write_page("report", std::move(data), section_scripts(), {{"verdict", verdict}}, html);
}

void write_sweep_report(const std::filesystem::path& sweep_folder, const std::filesystem::path& html) {
    const json data = {{"name", name_of_folder(sweep_folder)}, {"csv", read_file(sweep_folder / "sweep.csv")}};
    write_page("sweep", data, std::string(asset("format.js")) + std::string(asset("figure.js")), {}, html);
}

}  // namespace gridring::observe
