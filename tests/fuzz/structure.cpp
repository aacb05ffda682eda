// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Structures of blocks and .vox files: what is accepted survives being written, and its blocks have classes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <support/block_target.hpp>
#include <support/vox.hpp>

namespace {

template <class T>
bool accepted(const nca::Result<T>& result) {
    if (!result && result.error().message.find('\n') != std::string::npos) std::abort();
    return result.ok();
}

void try_structure(std::span<const std::byte> bytes) {
    const auto structure = support::parse_structure(bytes, "fuzz");
    if (!accepted(structure)) return;
    const auto file = support::encode_structure(*structure);
    if (!accepted(file)) std::abort();
    const auto again = support::parse_structure(*file, "again");
    if (!accepted(again) || !(*again == *structure)) std::abort();

    const auto target = support::make_block_target(*structure, "fuzz");
    if (!accepted(target)) return;
    const auto last = std::ranges::max(target->grid.cells);
    if (last == 0 || last >= target->classes.size()) std::abort();
    if (target->grid.cells.size() > 4096) return; // a structure of each cell is slow under the sanitizers
    const auto same = support::make_block_target(support::make_structure(*target), "again", target->classes);
    if (!accepted(same) || !(same->grid == target->grid)) std::abort();
}

void try_vox(std::span<const std::byte> bytes) {
    const auto model = support::parse_vox(bytes, "fuzz");
    if (!accepted(model) || model->grid.cells.size() > 65536) return;
    const auto file = support::encode_vox(model->grid, model->colours);
    if (!accepted(file)) std::abort();
    const auto again = support::parse_vox(*file, "again");
    if (!accepted(again) || !(*again == *model)) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span{data, size});
    try_structure(bytes);
    try_vox(bytes);
    return 0;
}
