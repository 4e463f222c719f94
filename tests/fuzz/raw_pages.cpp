// SPDX-License-Identifier: MIT
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>

#include "extract/journal.hpp"
#include "extract/raw_pages.hpp"
#include "fuzz/scratch.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"

/// What lies in raw/: a journal, whose lines are windows or told, and pages. Each is read, or refused with an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gridring;
    log::set_level(log::Level::off);
    FuzzedDataProvider input(data, size);
    const int kind = input.ConsumeIntegralInRange(0, 2);
    std::string bytes = input.ConsumeRemainingBytesAsString();
    const auto file = fuzz::scratch() / "file";
    try {
        if (kind == 2) {
            fuzz::put(file, bytes);
            extract::read_raw_page(file);
            return 0;
        }
        if (kind == 1)
            bytes = R"({"format":"gridring journal of raw pages","version":1,"source":"here"})"
                    "\n" +
                    bytes;
        fuzz::put(file, bytes);
        for (const auto& entry : extract::read_journal(file, "here").entries)
            if (entry.window.route == nullptr) std::abort();
    } catch (const ConfigError&) {
    } catch (const StoreError&) {
    }
    return 0;
}
