// SPDX-License-Identifier: MIT
#include "gridring/observe/report.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/store/results_file.hpp"
#include "observe/page.hpp"
#include "observe/page_data.hpp"
#include "observe/verdict.hpp"
#include "synthetic_run.hpp"

namespace {

namespace fs = std::filesystem;
using namespace gridring;
using nlohmann::json;

struct Folder {
    fs::path path = fs::temp_directory_path() / ("gridring-report-" + std::to_string(getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
    std::string report() const {
        observe::write_report(path, path / "report.html");
        return read_file(path / "report.html");
    }
};

std::size_t occurrences(const std::string& text, const std::string& word) {
    std::size_t n = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
    return n;
}

json data_of(const std::string& page) {
    const std::string open = "id=\"report-data\">";
    const std::size_t begin = page.find(open) + open.size();
    return json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

std::string message_of(const fs::path& folder) {
    try {
        observe::write_report(folder, folder / "report.html");
    } catch (const StoreError& error) {
        return error.what();
    }
    return "no StoreError";
}

}  // namespace

TEST_CASE("the page is whole in itself, escapes what it is given and hides secrets") {
    const Folder run;
    test::write_synthetic_run(run.path);
    const std::string page = run.report();
    const std::string ours = page.substr(0, page.find("Chart.js v3")) + page.substr(page.find("applyTheme"));
    const std::regex outside(R"((src|href|action)\s*=\s*["']?(https?:)?//|@import|url\(|fetch\(|XMLHttpRequest)");
    CHECK_FALSE(std::regex_search(ours, outside));
    CHECK(page.find("default-src 'none'") != std::string::npos);
    CHECK(occurrences(page, "</script") == 3);  // data, chart library, our scripts
    CHECK(occurrences(page, "Nord <") == 0);
    CHECK(page.find("hunter2") == std::string::npos);
    CHECK(page.find("Released under the MIT License") != std::string::npos);
    for (const char* code : {"PACW", "ERCO", "MISO"}) CHECK(page.find(code) != std::string::npos);
    CHECK(page.find("24-h MAPE 3.0\u00a0% over 3 regions: 50\u00a0% below copying yesterday, 60\u00a0% below copying "
                    "last week") != std::string::npos);
    CHECK(page.size() < 600'000);
}

TEST_CASE("what the charts are given is what the files hold") {
    const Folder run;
    test::write_synthetic_run(run.path);
    const json data = data_of(run.report());
    const auto results = store::read_results(run.path / "results.h5");
    const json& region = data["evaluation"]["regions"][1];
    REQUIRE(region["origins"].size() == 70);
    for (const std::size_t at : {0u, 5u, 8u, 700u, 1679u}) {
        const std::size_t row = 70 * 24 + at;
        CHECK(region["median"][at].get<double>() == doctest::Approx(results.forecast[row * 5 + 2]).epsilon(1e-4));
        CHECK(region["below"][at].get<double>() ==
              doctest::Approx(results.forecast[row * 5 + 2] - results.forecast[row * 5]).epsilon(1e-2));
        if (std::isnan(results.actual[row]))
            CHECK(region["miss"][at].is_null());
        else
            CHECK(region["median"][at].get<double>() + region["miss"][at].get<double>() ==
                  doctest::Approx(results.actual[row]).epsilon(1e-4));
    }
    CHECK(data["scores"]["contest"]["ranges"][1]["regions"][3]["region"] == "mean");
    CHECK(data["regions"]["ERCO"]["zone"] == "America/Chicago");
    CHECK(data["forecast"]["regions"][0]["history"].size() == 168);
    CHECK(data["training"]["training_loss"]["width"] == 3);
    CHECK(data["training"]["training_loss"]["value"].size() == 300);
    const json& spikes = data["quality"]["rows"][1]["counts"];
    CHECK(spikes == json{36, 0, 8, 8, 6, 0});
}

TEST_CASE("only the newest origins are kept when there are too many") {
    store::Results results;
    results.regions = {"A"}, results.origins = {{}}, results.horizon = 2, results.quantiles = {.1, .5, .9};
    for (int origin = 0; origin < 10; ++origin) {
        results.origins[0].push_back(from_epoch_hours(24 * origin));
        results.actual.insert(results.actual.end(), {100, 200});
        results.forecast.insert(results.forecast.end(), 6, static_cast<float>(origin));
    }
    const json data = observe::evaluation_data(results, 6);
    CHECK(data["regions"][0]["origins"] == json{168, 192, 216});
    CHECK(data["regions"][0]["median"] == json{7., 7., 8., 8., 9., 9.});
    CHECK(data["origins_in_file"] == 10);
}

TEST_CASE("a section without its file names the command that makes it") {
    const Folder run;
    write_file_atomically(run.path / "scores.json", R"({"regions":[{"code":"X","mape":5}]})");
    const json missing = data_of(run.report())["missing"];
    CHECK(missing.size() == 7);
    CHECK(missing["forecast.h5"] == "gridring forecast RUN_DIR");
    CHECK(missing["results.h5"] == "gridring evaluate RUN_DIR");
}

TEST_CASE("no run, an empty run and a damaged file end in a StoreError that names them") {
    const Folder run;
    CHECK(message_of(run.path / "absent").find("expected the folder of a run") != std::string::npos);
    CHECK(message_of(run.path).find("found none of them") != std::string::npos);
    write_file_atomically(run.path / "scores.json", R"({"regions": [)");
    CHECK(message_of(run.path).find("scores.json: expected JSON") != std::string::npos);
    write_file_atomically(run.path / "scores.json", "[1]");
    CHECK(message_of(run.path).find("expected a JSON object") != std::string::npos);
}

TEST_CASE("the verdict is honest when the model loses or nothing was scored") {
    const json losing{{"horizon", 24}, {"regions", {{{"mape", 6.}, {"mape_naive24", 5.}, {"mape_naive168", 6.01}}}}};
    CHECK(observe::verdict(losing) ==
          "24-h MAPE 6.0\u00a0% over 1 region: 20\u00a0% above copying yesterday, level with copying last week.");
    CHECK(observe::verdict(nullptr).find("No scores yet") == 0);
    CHECK(observe::verdict({{"regions", {{{"mape", nullptr}}}}}).find("No scores yet") == 0);
}

TEST_CASE("secrets are hidden in YAML, JSON and command lines, and nothing else is") {
    using observe::without_secrets;
    CHECK(without_secrets("api_key: abc\nnext: 1") == "api_key: (hidden)\nnext: 1");
    CHECK(without_secrets("--set eia.api-key='abc' -v") == "--set eia.api-key='(hidden)' -v");
    CHECK(without_secrets("{\"token\": \"abc\", \"n\": 1}") == "{\"token\": \"(hidden)\", \"n\": 1}");
    const std::string plain = "api_key:\nkey_from: EIA_API_KEY\n  tokens_per_step: 5\npassword: ''\n";
    CHECK(without_secrets(plain) == plain);
}

TEST_CASE("a part that is put into the page is not searched for parts") {
    CHECK(observe::fill("a {{x}} b", {{"x", "{{x}}"}}) == "a {{x}} b");
    CHECK_THROWS_AS(observe::fill("{{y}}", {{"x", ""}}), BugError);
    CHECK(observe::escape_html("<a href='x'>&") == "&lt;a href=&#39;x&#39;&gt;&amp;");
}
