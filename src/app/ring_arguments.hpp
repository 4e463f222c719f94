// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gridring/ring/ring_attention.hpp"

namespace CLI {
class App;
}

namespace gridring::app {

/// What every command that runs attention takes on its command line; as text until it is resolved.
struct RingArguments {
    std::int64_t window = 0;
    double scale = 0;
    std::string backend = "auto";
    int threads = 1;

    std::string partition;  ///< "" = by the mask
    std::vector<double> weights;
    std::string wire = "fp32", rotate = "auto";
    double deadline_seconds = 600;
};

/// --window, --scale, --backend, --threads.
void add_kernel_options(CLI::App& command, RingArguments& arguments);
/// --partition, --weights, --wire, --rotate, --deadline.
void add_ring_options(CLI::App& command, RingArguments& arguments);

/// "auto" (the widest vectors of this machine) or a name of attention::find_backend. Throws ConfigError.
const attention::Backend& backend_named(const std::string& name);
/// "causal" or "bidirectional". Throws ConfigError.
bool parse_is_causal(const std::string& mask);
std::string describe(const attention::Mask& mask);  ///< "causal, window 512"

ring::Options resolve(const RingArguments& arguments, bool is_causal);  ///< Throws ConfigError.
/// Zigzag where the mask is causal without a window, else contiguous, unless the arguments say otherwise. Throws
/// ConfigError.
ring::Partition make_partition(const RingArguments& arguments, const attention::Mask& mask, std::int64_t steps,
                               int ranks);

}  // namespace gridring::app
