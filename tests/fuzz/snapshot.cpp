// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Snapshots of the C interface: whatever is accepted is written again as the same bytes.
#include "../../examples/c_api/snapshot.hpp"

#include <nca/systems/growing/rule.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using R = nca::growing::Rule<4, 2>;
    const auto bytes = std::as_bytes(std::span{data, size});
    const auto snapshot = c_api::read_snapshot<R>(bytes, {3, 5});
    if (!snapshot) {
        if (snapshot.error().message.find('\n') != std::string::npos) std::abort();
        return 0;
    }
    nca::Simulation<R, nca::Dynamic, nca::Dynamic> world{R{}, nca::Extents<nca::Dynamic, nca::Dynamic>{{3, 5}}};
    if (!world.restore(*snapshot)) std::abort();
    world.step();
    return 0;
}
