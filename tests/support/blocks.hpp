// SPDX-License-Identifier: Apache-2.0
// Structures and class grids for tests.
#ifndef NCA_TESTS_SUPPORT_BLOCKS_HPP
#define NCA_TESTS_SUPPORT_BLOCKS_HPP

#include <nca/io/safetensors.hpp>

#include <doctest/doctest.h>

#include <common/data.hpp>
#include <optional>
#include <string>
#include <support/block_target.hpp>

/// A structure of 2 x 3 x 4 with a piston, a stone and air.
inline support::Structure small_structure() {
    support::Structure structure;
    structure.size = {2, 3, 4};
    structure.palette = {{"minecraft:air", ""}, {"minecraft:piston", "south"}, {"minecraft:stone", ""}};
    structure.blocks = {{{0, 0, 0}, 0}, {{1, 0, 2}, 2}, {{1, 2, 3}, 1}};
    return structure;
}

/// A grid of which about half is air, with `classes` classes in all.
inline support::ClassGrid irregular_grid(const std::array<int, 3>& sizes, int classes) {
    support::ClassGrid grid{sizes};
    for (int d = 0; d < sizes[0]; ++d)
        for (int h = 0; h < sizes[1]; ++h)
            for (int w = 0; w < sizes[2]; ++w) {
                const int number = d * 37 + h * 61 + w * 101 + d * h * w * 7;
                if (number % 2 == 1) grid.at(d, h, w) = static_cast<std::uint8_t>(1 + number / 2 % (classes - 1));
            }
    return grid;
}

/// The target of a published model, or nothing if the data is missing.
inline std::optional<support::ClassGrid> published_target(const char* model) {
    const auto path = nca::tests::data_file("voxel/targets.safetensors");
    if (!path) return std::nullopt;
    const auto file = nca::read_safetensors(path->string());
    REQUIRE_MESSAGE(file.ok(), file.error().message);
    const nca::StoredTensor* const tensor = file->find(model);
    REQUIRE(tensor != nullptr);
    support::ClassGrid grid{{static_cast<int>(tensor->shape.at(0)), static_cast<int>(tensor->shape.at(1)),
                             static_cast<int>(tensor->shape.at(2))}};
    REQUIRE(tensor->bytes.size() == grid.cells.size());
    for (std::size_t i = 0; i < grid.cells.size(); ++i) grid.cells[i] = std::to_integer<std::uint8_t>(tensor->bytes[i]);
    return grid;
}

/// The value of a result that must have one.
template <class T>
T require(nca::Result<T> result) {
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    return std::move(result).value();
}

/// The message of a result that must be an error: one line.
template <class T>
std::string refusal(const nca::Result<T>& result) {
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message.find('\n') == std::string::npos);
    return result.error().message;
}

#endif // NCA_TESTS_SUPPORT_BLOCKS_HPP
