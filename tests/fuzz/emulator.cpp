// SPDX-License-Identifier: MIT
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>

#include "gridring/source/emulator.hpp"

namespace {

using namespace gridring;

source::EmulatorOptions options() {
    source::EmulatorOptions some;
    some.first = *parse_hour("2024-01-01T00");
    some.last = *parse_hour("2024-01-02T23");
    some.threads = 1;
    return some;
}

/// Most of the input behind a path that there is.
std::string target_of(FuzzedDataProvider& input) {
    constexpr const char* begins[] = {
        "",
        "/v2/electricity/rto/",
        "/v2/electricity/rto/region-data/data?",
        "/v2/electricity/rto/fuel-type-data/data/?",
        "/v2/electricity/rto/interchange-data/facet/fromba?",
        "/v2/electricity/rto/region-sub-ba-data/data?",
        "/oasisapi/SingleZip?",
        "/oasisapi/SingleZip?resultformat=6&version=1&queryname=SLD_FCST&market_run_id=ACTUAL&"};
    return input.PickValueInArray(begins) + input.ConsumeRemainingBytesAsString();
}

}  // namespace

/// The routes of the emulator, with whatever query: a reply, never a throw.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const source::Emulator emulator(options());
    FuzzedDataProvider input(data, size);
    net::Request request{input.PickValueInArray({"GET", "POST", "HEAD"}), {}, {}, {}};
    if (input.ConsumeIntegralInRange(0, 7) > 0) request.headers.push_back({"X-Api-Key", "any"});
    if (input.ConsumeBool()) request.headers.push_back({"Accept-Encoding", "gzip"});
    request.target = target_of(input);
    const net::Response response = emulator.answer(request);
    if (response.status < 200 || response.status > 599) std::abort();
    return 0;
}
