// SPDX-License-Identifier: Apache-2.0
#include "blocks.hpp"
#include "scratch.hpp"

#include <support/vox.hpp>

using support::ClassGrid;
using support::Rgba8;

namespace {

const std::vector<Rgba8> three_colours{{}, {1, 2, 3, 255}, {4, 5, 6, 255}};

std::string number(unsigned value) {
    return {static_cast<char>(value & 255U), static_cast<char>(value >> 8U & 255U),
            static_cast<char>(value >> 16U & 255U), static_cast<char>(value >> 24U)};
}

std::string chunk(const std::string& id, const std::string& content, unsigned children = 0) {
    return id + number(static_cast<unsigned>(content.size())) + number(children) + content;
}

// A file of these chunks, as its format describes it.
std::string vox(const std::string& chunks) {
    return "VOX " + number(150) + chunk("MAIN", "", static_cast<unsigned>(chunks.size())) + chunks;
}

std::string size_chunk(unsigned x, unsigned y, unsigned z) {
    return chunk("SIZE", number(x) + number(y) + number(z));
}

nca::Result<support::VoxModel> parse(const std::string& file) {
    return support::parse_vox(bytes_of(file), "a.vox");
}

} // namespace

TEST_CASE("a .vox file has the chunks of the format, with the z axis up") {
    ClassGrid grid{{2, 3, 4}};
    grid.at(0, 1, 3) = 2;
    std::string colours = std::string{"\1\2\3\xFF\4\5\6\xFF"};
    colours.resize(1024);
    // x = 3, y = 1 (the far row), z = 1, colour 2.
    const std::string expected =
        vox(size_chunk(4, 2, 3) + chunk("XYZI", number(1) + "\3\1\1\2") + chunk("RGBA", colours));
    CHECK(require(support::encode_vox(grid, three_colours)) == bytes_of(expected));
}

TEST_CASE("a .vox file gives back its grid and its colours") {
    const ClassGrid grid = irregular_grid({5, 6, 7}, 3);
    const Scratch scratch;
    REQUIRE(support::write_vox(scratch / "a.vox", grid, three_colours).ok());
    const support::VoxModel model = require(support::read_vox(scratch / "a.vox"));
    CHECK(model.grid == grid);
    REQUIRE(model.colours.size() == 256);
    for (std::size_t i = 0; i < 3; ++i) CHECK(model.colours[i] == three_colours[i]);
}

TEST_CASE("a .vox file has sides of up to 256, and larger grids are refused in words") {
    ClassGrid grid{{1, 256, 256}};
    grid.at(0, 255, 255) = 1;
    CHECK(require(support::parse_vox(require(support::encode_vox(grid, three_colours)), "a.vox")).grid == grid);
    CHECK(refusal(support::encode_vox(ClassGrid{{1, 257, 1}}, three_colours)) ==
          "a grid of 1 x 257 x 1 cells cannot be a .vox file: each side may have at most 256");
}

TEST_CASE("a .vox file without colours has the palette of the format") {
    const auto model = require(parse(vox(size_chunk(1, 1, 1) + chunk("XYZI", number(0)))));
    REQUIRE(model.colours.size() == 256);
    CHECK(model.colours[0] == Rgba8{});
    CHECK(model.colours[1] == Rgba8{255, 255, 255, 255});
    CHECK(model.colours[2] == Rgba8{255, 255, 204, 255});
    CHECK(model.colours[7] == Rgba8{255, 204, 255, 255});
    CHECK(model.colours[215] == Rgba8{0, 0, 51, 255});
    CHECK(model.colours[216] == Rgba8{238, 0, 0, 255});
    CHECK(model.colours[245] == Rgba8{0, 0, 17, 255});
    CHECK(model.colours[255] == Rgba8{17, 17, 17, 255});
}

TEST_CASE("chunks of a .vox file that hold no voxels are skipped") {
    const std::string other = chunk("nTRN", "some bytes");
    const auto model = require(
        parse(vox(other + size_chunk(1, 1, 1) + chunk("XYZI", number(1) + std::string{"\0\0\0\7", 4}) + other)));
    CHECK(model.grid.cells == std::vector<std::uint8_t>{7});
}

TEST_CASE("a truncated .vox file is refused wherever it ends") {
    const auto bytes = require(support::encode_vox(irregular_grid({2, 2, 2}, 3), three_colours));
    // Without its colours it is a file as well.
    const std::size_t colourless = bytes.size() - 12 - 1024;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CAPTURE(size);
        CHECK(support::parse_vox(std::span{bytes}.first(size), "a.vox").ok() == (size == colourless));
    }
}

TEST_CASE("files that are no .vox files are refused in words") {
    const std::string size = size_chunk(1, 1, 1);
    const std::string voxels = chunk("XYZI", number(0));
    CHECK(refusal(parse("VOXEL")) == "'a.vox' is not a .vox file");
    CHECK(refusal(parse(vox(""))) == "'a.vox' holds no model");
    CHECK(refusal(parse(vox(size))) == "'a.vox' holds no model");
    CHECK(refusal(parse(vox(size + voxels + size + voxels))) == "'a.vox' holds several models: expected one");
    CHECK(refusal(parse(vox(size + chunk("XYZ", "")))) == "'a.vox' is truncated: the file ends within a chunk");
    for (const std::string& damaged : {size_chunk(0, 1, 1), size_chunk(1, 257, 1), chunk("SIZE", "1234")})
        CHECK(refusal(parse(vox(damaged + voxels))) == "'a.vox' is damaged: its chunk 'SIZE' is invalid");
    for (const std::string& damaged :
         {chunk("XYZI", ""), chunk("XYZI", number(0xFFFFFFFF)), chunk("XYZI", number(1) + std::string{"\1\0\0\1", 4})})
        CHECK(refusal(parse(vox(size + damaged))) == "'a.vox' is damaged: its chunk 'XYZI' is invalid");
    CHECK(refusal(parse(vox(voxels))) == "'a.vox' is damaged: its chunk 'XYZI' is invalid");
    CHECK(refusal(parse(vox(size + voxels + chunk("RGBA", "1234")))) ==
          "'a.vox' is damaged: its chunk 'RGBA' is invalid");
}
