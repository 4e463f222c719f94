// SPDX-License-Identifier: MIT
// Question, command and last result: tests/bench/README.md.
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <vector>

#include "gridring/net/gzip.hpp"
#include "gridring/net/http_client.hpp"
#include "gridring/net/http_server.hpp"
#include "support/certificates.hpp"

using namespace gridring;

namespace {

/// A reply of the EIA API with 5,000 rows.
std::string page() {
    std::string text = R"({"response":{"total":"5000","data":[)";
    for (int i = 0; i < 5000; ++i)
        text += fmt::format(
            R"({}{{"period":"2019-{:02}-{:02}T{:02}","respondent":"TEC","respondent-name":"Tampa Electric Company","type":"DF",)"
            R"("type-name":"Day-ahead demand forecast","value":"{}","value-units":"megawatthours"}})",
            i > 0 ? "," : "", 1 + i / 672, 1 + i / 24 % 28, i % 24, 2000 + (i * 7919) % 1543);
    return text + "]}}";
}

void pin(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) fmt::print(stderr, "cannot pin to core {}\n", core);
}

double thread_ms() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double wall_ms() {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Case {
    const char* name;
    bool is_tls, is_gzip;
};

/// Prints the client's CPU time a page: the best and the median of five rounds.
void call(const char* name, net::HttpClient& client, const net::Url& url, std::size_t bytes, int pages) {
    std::vector<double> cpu;
    double wall = 0;
    for (int round = 0; round < 6; ++round) {  // the first warms up
        const double cpu_before = thread_ms(), wall_before = wall_ms();
        for (int i = 0; i < pages; ++i)
            if (std::get<net::Reply>(client.get(url)).body.size() != bytes) throw std::runtime_error("wrong body");
        if (round == 0) continue;
        cpu.push_back((thread_ms() - cpu_before) / pages);
        wall += wall_ms() - wall_before;
    }
    std::ranges::sort(cpu);
    fmt::print("{:<12}{:>10.2f}{:>12.2f}{:>12.0f}\n", name, cpu.front(), cpu[cpu.size() / 2], 5e3 * pages / wall);
}

void measure(const Case& wanted, const std::string& text, test::Certificates& files, int pages) {
    const std::string body = wanted.is_gzip ? net::gzip(text) : text;
    net::ServerOptions options;
    options.threads = 1;
    if (wanted.is_tls) options.identity = files.issue("DNS:localhost");
    pin(1);  // threads inherit it
    const net::HttpServer server(options, [&](const net::Request&) {
        net::Response response{200, body, "application/json", {}, {}, {}};
        if (wanted.is_gzip) response.headers.push_back({"Content-Encoding", "gzip"});
        return response;
    });
    pin(0);
    net::ClientOptions client_options;
    client_options.ca_file = files.authority();
    net::HttpClient client(client_options);
    const net::Url url{wanted.is_tls ? "https" : "http", "localhost", server.port(), "/"};

    call(wanted.name, client, url, text.size(), pages);
}

/// Of a server that runs already.
void measure_other(const std::string& address, const std::string& ca_file) {
    pin(0);
    net::ClientOptions options;
    options.ca_file = ca_file;
    net::HttpClient client(options);
    const net::Url url = net::parse_url(address);
    const auto page = std::get<net::Reply>(client.get(url));
    call("other", client, url, page.body.size(), 200);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string only = argc > 1 ? argv[1] : "";
    if (only.starts_with("http")) return measure_other(only, argc > 2 ? argv[2] : ""), 0;
    const std::string text = page();
    test::Certificates files;
    fmt::print("one connection, a page of {} bytes; client on core 0, server on core 1\n", text.size());
    fmt::print("{:<12}{:>10}{:>12}{:>12}\n", "", "best ms", "median ms", "pages/s");
    for (const Case& wanted :
         {Case{"plain", false, false}, {"gzip", false, true}, {"TLS", true, false}, {"TLS, gzip", true, true}})
        if (only.empty() || only == wanted.name) measure(wanted, text, files, 200);

    const std::string packed = net::gzip(text);
    double best = 1e9;
    for (int round = 0; round < 20; ++round) {
        const double before = thread_ms();
        if (net::gunzip(packed, 1 << 24)->size() != text.size()) return 1;
        best = std::min(best, thread_ms() - before);
    }
    fmt::print("gunzip of {} bytes: {:.0f} MB/s unpacked\n", packed.size(),
               static_cast<double>(text.size()) / best / 1e3);
    const double before = thread_ms();
    for (int round = 0; round < 5; ++round) net::gzip(text, 6);
    fmt::print("gzip at level 6: {:.0f} MB/s\n", 5 * static_cast<double>(text.size()) / (thread_ms() - before) / 1e3);
}
