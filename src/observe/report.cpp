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
#include "observe/page.hpp"
#include "observe/run_data.hpp"
#include "observe/run_folder.hpp"

namespace gridring::observe {

namespace {

using nlohmann::json;
using Parts = std::map<std::string, std::string, std::less<>>;

void write_page(const char* template_name, json data, const std::string& scripts, Parts parts,
                const std::filesystem::path& html) {
    data["written"] = {{"at", utc_timestamp()}, {"version", version()}, {"git_commit", git_commit()}};
    parts["title"] = escape_html(data["name"].get<std::string>());
    parts["style"] = asset("page.css");
    parts["data"] = escape_json(data.dump(-1, ' ', false, json::error_handler_t::replace));
    parts["chart_library"] = asset("chart.min.js");
    parts["scripts"] = scripts;
    write_file_atomically(html, fill(asset(template_name), parts));
}

}  // namespace

void write_report(const std::filesystem::path& run_folder, const std::filesystem::path& html) {
    json data = run_data(run_folder);
    const std::string verdict = escape_html(data["verdict"].get<std::string>());
    write_page("report.html", std::move(data), section_scripts() + std::string(asset("report.js")),
               {{"verdict", verdict}}, html);
}

void write_sweep_report(const std::filesystem::path& sweep_folder, const std::filesystem::path& html) {
    const json data = {{"name", name_of_folder(sweep_folder)}, {"csv", read_file(sweep_folder / "sweep.csv")}};
    write_page("sweep.html", data,
               std::string(asset("format.js")) + std::string(asset("figure.js")) + std::string(asset("sweep.js")), {},
               html);
}

}  // namespace gridring::observe
