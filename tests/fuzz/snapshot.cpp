// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Snapshots of the C interface: a world that takes one gives back its bytes, and runs on.
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
    const auto again = world.snapshot();
    std::vector<std::byte> written(c_api::snapshot_bytes<R>(again.cells.count()));
    c_api::write_snapshot<R>(again, written.data());
    // All but the last number of the header, which is reserved.
    constexpr std::size_t header = sizeof(c_api::SnapshotHeader);
    const auto same = [&](std::size_t begin, std::size_t end) {
        return std::equal(written.begin() + static_cast<std::ptrdiff_t>(begin),
                          written.begin() + static_cast<std::ptrdiff_t>(end),
                          bytes.begin() + static_cast<std::ptrdiff_t>(begin));
    };
    if (!same(0, header - sizeof(std::uint32_t)) || !same(header, written.size())) std::abort();
    world.step();
    return 0;
}
