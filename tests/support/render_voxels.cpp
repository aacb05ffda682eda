// SPDX-License-Identifier: Apache-2.0
#include "blocks.hpp"
#include "scratch.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <support/block_colours.hpp>
#include <support/render_voxels.hpp>

using support::ClassGrid;
using support::Image;
using support::Rgba8;

namespace {

constexpr Rgba8 white{255, 255, 255, 255};
const std::vector<Rgba8> colours{{}, {200, 100, 50, 255}, {0, 200, 100, 255}, {10, 20, 30, 255}};

// Of class 1, 2 and 3.
constexpr Rgba8 top{200, 100, 50, 255};
constexpr Rgba8 south{160, 80, 40, 255};
constexpr Rgba8 east{124, 62, 31, 255};

Rgba8 pixel(const Image& image, int x, int y) {
    const std::uint8_t* p = image.at(x, y);
    return {p[0], p[1], p[2], p[3]};
}

long count(const Image& image, Rgba8 colour) {
    long pixels = 0;
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x) pixels += pixel(image, x, y) == colour ? 1 : 0;
    return pixels;
}

// The value of a face's colour for `percent` of the brightness.
Rgba8 shaded(Rgba8 colour, int percent) {
    for (std::size_t c = 0; c < 3; ++c) colour[c] = static_cast<std::uint8_t>((colour[c] * percent + 50) / 100);
    return colour;
}

// The same picture by looking along the ray of every pixel: of the faces that hold its centre, the nearest counts.
Image ray_traced(const ClassGrid& grid, int size, int rise) {
    Image image = Image{(grid.width() + grid.depth()) * size,
                        (grid.width() + grid.depth()) * size / 2 + grid.height() * rise, white};
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x) {
            double nearest = -1.0;
            for (int d = 0; d < grid.depth(); ++d)
                for (int h = 0; h < grid.height(); ++h)
                    for (int w = 0; w < grid.width(); ++w) {
                        if (grid.at(d, h, w) == 0 || d + h + w < nearest) continue;
                        // From the middle of the upper face's far corner.
                        const double across = x + 0.5 - (grid.depth() + w - d) * size;
                        const double down = y + 0.5 - (w + d) * size / 2.0 - (grid.height() - h - 1) * rise;
                        const double edge = std::abs(across) / 2;
                        if (std::abs(across) > size || down < edge || down >= size - edge + rise) continue;
                        nearest = d + h + w;
                        const int percent = down < size - edge ? 100 : across < 0 ? 80 : 62;
                        const Rgba8 colour = shaded(colours[grid.at(d, h, w)], percent);
                        std::copy(colour.begin(), colour.end(), image.at(x, y));
                    }
        }
    return image;
}

} // namespace

TEST_CASE("render_voxels: a cell shows three faces of different brightness") {
    ClassGrid cell{{1, 1, 1}};
    cell.cells = {1};
    const Image image = support::render_voxels(cell, colours, 4);
    CHECK(image.width == 8);
    CHECK(image.height == 4 + 5);
    CHECK(pixel(image, 0, 0) == white);
    CHECK(pixel(image, 4, 1) == top);
    CHECK(pixel(image, 3, 5) == south);
    CHECK(pixel(image, 4, 5) == east);
    CHECK(count(image, top) == 16);
    CHECK(count(image, south) == 20);
    CHECK(count(image, east) == 20);
}

TEST_CASE("render_voxels: each pixel shows the nearest cell on its ray") {
    for (const int size : {2, 4}) {
        const ClassGrid grid = irregular_grid({4, 3, 5}, 4);
        CHECK(support::render_voxels(grid, colours, size) == ray_traced(grid, size, size == 2 ? 2 : 5));
    }
}

TEST_CASE("render_voxels: a solid block has no seams between its cells") {
    ClassGrid block{{3, 4, 5}};
    std::ranges::fill(block.cells, std::uint8_t{1});
    const Image image = support::render_voxels(block, colours, 4);
    CHECK(count(image, top) == 16 * 15);
    CHECK(count(image, south) == 20 * 20);
    CHECK(count(image, east) == 20 * 12);
}

TEST_CASE("render_voxels: x points to the lower right, z to the lower left and y upwards") {
    ClassGrid grid{{2, 2, 2}};
    const auto place = [&](int d, int h, int w) {
        grid.cells.assign(8, 0);
        grid.at(d, h, w) = 1;
        const Image image = support::render_voxels(grid, colours, 4);
        std::array<int, 2> first{image.width, image.height};
        for (int y = 0; y < image.height; ++y)
            for (int x = 0; x < image.width; ++x) {
                if (pixel(image, x, y) == white) continue;
                first = {std::min(first[0], x), std::min(first[1], y)};
            }
        return first;
    };
    const auto origin = place(0, 0, 0);
    CHECK(place(0, 0, 1) == std::array{origin[0] + 4, origin[1] + 2});
    CHECK(place(1, 0, 0) == std::array{origin[0] - 4, origin[1] + 2});
    CHECK(place(0, 1, 0) == std::array{origin[0], origin[1] - 5});
}

TEST_CASE("render_voxels: larger cells are set off by lines") {
    ClassGrid row{{1, 1, 2}};
    row.cells = {1, 1};
    CHECK(count(support::render_voxels(row, colours, 4), shaded(top, 88)) == 0);
    const Image image = support::render_voxels(row, colours, 6);
    CHECK(count(image, shaded(top, 88)) == 2 * 2 * 6 - 2 * 2); // no pixel of a line in the outermost columns
}

TEST_CASE("voxel_at: a cell is found at those pixels that change with its colour") {
    ClassGrid grid = irregular_grid({4, 3, 5}, 4);
    for (std::uint8_t& cell : grid.cells) cell = std::min(cell, std::uint8_t{1});
    const Image image = support::render_voxels(grid, colours, 4);
    std::vector<std::optional<std::array<int, 3>>> found;
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x) {
            found.push_back(support::voxel_at(grid, 4, x, y));
            CHECK(found.back().has_value() == (pixel(image, x, y) != white));
        }
    for (int d = 0; d < grid.depth(); ++d)
        for (int h = 0; h < grid.height(); ++h)
            for (int w = 0; w < grid.width(); ++w) {
                if (grid.at(d, h, w) == 0) continue;
                grid.at(d, h, w) = 2;
                const Image recoloured = support::render_voxels(grid, colours, 4);
                grid.at(d, h, w) = 1;
                for (int y = 0; y < image.height; ++y)
                    for (int x = 0; x < image.width; ++x) {
                        const auto& at = found[static_cast<std::size_t>(y * image.width + x)];
                        const bool changed = pixel(image, x, y) != pixel(recoloured, x, y);
                        if (changed != (at == std::array{d, h, w})) FAIL("x " << x << ", y " << y);
                    }
            }
}

TEST_CASE("render_voxels: a grid of 64 x 64 x 64 fits into the pixels given") {
    ClassGrid grid{{64, 64, 64}};
    grid.at(63, 0, 63) = 1;
    const int size = support::voxel_cell_size(grid, 1200);
    const Image image = support::render_voxels(grid, colours, size);
    CHECK(std::max(image.width, image.height) <= 1200);
    CHECK(std::max(image.width, image.height) > 1000);
    CHECK(support::voxel_cell_size(grid, 10) == 2);
}

TEST_CASE("block colours: the classes of the published models can be told apart") {
    const std::vector<std::vector<std::string>> models{
        {"AIR", "COBBLESTONE", "DIRT", "GLASS_PANE", "LOG", "PLANKS", "STONE_STAIRS", "TALLGRASS", "TORCH",
         "WOODEN_DOOR"},
        {"AIR", "PISTON", "REDSTONE_BLOCK", "SLIME", "STAINED_HARDENED_CLAY", "STICKY_PISTON", "WOOL"},
        {"AIR", "CHEST", "COBBLESTONE", "DISPENSER", "LEVER", "MONSTER_EGG", "MOSSY_COBBLESTONE", "REDSTONE_WIRE",
         "STICKY_PISTON", "STONEBRICK", "STONE_STAIRS", "TRIPWIRE", "TRIPWIRE_HOOK", "UNPOWERED_REPEATER", "VINE"},
        {"AIR", "LEAVES2", "LOG2"}};
    for (const auto& classes : models) {
        const auto of = support::block_colours(classes);
        CHECK(of[0] == Rgba8{});
        int closest = 1000;
        for (std::size_t i = 1; i < of.size(); ++i)
            for (std::size_t j = 1; j < i; ++j) {
                int distance = 0;
                for (std::size_t c = 0; c < 3; ++c) distance += std::abs(int{of[i][c]} - int{of[j][c]});
                closest = std::min(closest, distance);
            }
        CHECK(closest >= 8);
    }
}

TEST_CASE("block colours: unknown names have colours of their own") {
    std::set<Rgba8> different;
    for (int i = 0; i < 20; ++i) different.insert(support::block_colour("THING" + std::to_string(i)));
    CHECK(different.size() >= 19);
    CHECK(support::block_colour("THING1") == support::block_colour("THING1"));
    CHECK(support::block_colour("SPRUCE_LEAVES") != support::block_colour("OAK_LEAVES"));
}
