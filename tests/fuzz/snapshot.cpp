// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Snapshots of the C interface: a world that takes one gives back its bytes, and runs on.
#include "../../examples/c_api/snapshot.hpp"

#include <nca/run/any_model.hpp>
#include <nca/systems/growing/rule.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

namespace {

void run(std::span<const std::byte> bytes, int species) {
    static const auto model = nca::AnyModel::of(nca::Model<nca::growing::Rule<4, 2>>{});
    const std::vector<nca::AnyModel> models(static_cast<std::size_t>(species), model);
    const auto made = nca::AnyModel::simulate_all(models, std::array{3, 5});
    if (!made) std::abort();
    nca::AnySimulation& world = **made;
    const c_api::SnapshotShape shape{{3, 5}, 4, species};
    const auto snapshot = c_api::read_snapshot(bytes, shape, world.options());
    if (!snapshot) {
        if (snapshot.error().message.find('\n') != std::string::npos) std::abort();
        return;
    }
    if (!world.restore(*snapshot)) std::abort();
    const auto again = world.snapshot();
    std::vector<std::byte> written(c_api::snapshot_bytes(shape, again.cells.count()));
    c_api::write_snapshot(again, shape, written.data());
    // All but the last number of the header, which is reserved.
    constexpr std::size_t header = sizeof(c_api::SnapshotHeader);
    const auto same = [&](std::size_t begin, std::size_t end) {
        return std::equal(written.begin() + static_cast<std::ptrdiff_t>(begin),
                          written.begin() + static_cast<std::ptrdiff_t>(end),
                          bytes.begin() + static_cast<std::ptrdiff_t>(begin));
    };
    if (!same(0, header - sizeof(std::uint32_t)) || !same(header, written.size())) std::abort();
    world.step();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span{data, size});
    run(bytes, 1);
    run(bytes, 2);
    return 0;
}
