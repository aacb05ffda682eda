// SPDX-License-Identifier: Apache-2.0
#include "blocks.hpp"
#include "scratch.hpp"

using support::BlockTarget;
using support::ClassGrid;

TEST_CASE("a block's name and its class's name become each other") {
    CHECK(support::class_name("minecraft:stone_stairs") == "STONE_STAIRS");
    CHECK(support::block_name("STONE_STAIRS") == "minecraft:stone_stairs");
    CHECK(support::class_name("minecraft:cave_air") == "AIR");
    CHECK(support::class_name("mod:lamp") == "MOD:LAMP");
    CHECK(support::block_name("MOD:LAMP") == "mod:lamp");
    CHECK(support::class_name("Minecraft:Stone") == "STONE");
    CHECK(support::class_name("minecraft:minecraft:stone") == "MINECRAFT:MINECRAFT:STONE");
    CHECK(support::block_name("MINECRAFT:MINECRAFT:STONE") == "minecraft:minecraft:stone");
}

TEST_CASE("the target of a structure is the box of its blocks, [depth][height][width] = (z, y, x)") {
    const BlockTarget target = require(support::make_block_target(small_structure(), "a.nbt"));
    CHECK(target.classes == std::vector<std::string>{"AIR", "PISTON", "STONE"});
    ClassGrid expected{{2, 3, 1}};
    expected.at(0, 0, 0) = 2; // the stone at (1, 0, 2)
    expected.at(1, 2, 0) = 1; // the piston at (1, 2, 3)
    CHECK(target.grid == expected);
}

TEST_CASE("the classes of a target are ordered as capital letters are") {
    support::Structure structure = small_structure();
    structure.palette = {{"minecraft:stone_stairs", ""}, {"minecraft:stonebrick", ""}, {"minecraft:stone", ""}};
    const BlockTarget target = require(support::make_block_target(structure, "a.nbt"));
    CHECK(target.classes == std::vector<std::string>{"AIR", "STONE", "STONEBRICK", "STONE_STAIRS"});
}

TEST_CASE("given classes keep their order, and blocks of none of them are named") {
    const std::vector<std::string> classes{"AIR", "STONE", "DIRT", "PISTON"};
    const BlockTarget target = require(support::make_block_target(small_structure(), "a.nbt", classes));
    CHECK(target.classes == classes);
    CHECK(target.grid.at(0, 0, 0) == 1);
    CHECK(target.grid.at(1, 2, 0) == 3);
    const std::vector<std::string> fewer{"AIR", "STONE"};
    CHECK(refusal(support::make_block_target(small_structure(), "a.nbt", fewer)) ==
          "'a.nbt' holds blocks that are none of the 2 classes: 'PISTON'");
    const std::vector<std::string> airless{"STONE", "PISTON"};
    CHECK(refusal(support::make_block_target(small_structure(), "a.nbt", airless)) ==
          "the first class must be 'AIR', and it is 'STONE'");
}

TEST_CASE("a structure of air alone, or of too many kinds of blocks, is no target") {
    support::Structure structure = small_structure();
    structure.blocks = {{{0, 0, 0}, 0}};
    CHECK(refusal(support::make_block_target(structure, "a.nbt")) == "'a.nbt' holds no block but air");
    structure.size = {128, 3, 1};
    for (int i = 0; i < 256; ++i) {
        structure.palette.push_back({"minecraft:block" + std::to_string(i), ""});
        structure.blocks.push_back({{i % 128, i / 128, 0}, 3 + i});
    }
    CHECK(refusal(support::make_block_target(structure, "a.nbt")) ==
          "'a.nbt' needs 257 classes: at most 256 are possible");
}

TEST_CASE("a published house becomes the target that its model was trained on") {
    const auto target = published_target("plain_village_house");
    const auto path = nca::tests::data_file("voxel/plain_village_house.nbt");
    if (!target || !path) return;
    const auto house = require(support::make_block_target(require(support::read_structure(*path)), path->string()));
    CHECK(house.classes == std::vector<std::string>{"AIR", "COBBLESTONE", "DIRT", "GLASS_PANE", "LOG", "PLANKS",
                                                    "STONE_STAIRS", "TALLGRASS", "TORCH", "WOODEN_DOOR"});
    CHECK(support::padded_to_cube(house.grid) == *target);
}

TEST_CASE("a published caterpillar becomes the target that its model was trained on") {
    const auto target = published_target("regenerating_caterpillar");
    const auto path = nca::tests::data_file("voxel/caterpillar_short.nbt");
    if (!target || !path) return;
    const auto caterpillar =
        require(support::make_block_target(require(support::read_structure(*path)), path->string()));
    CHECK(caterpillar.classes == std::vector<std::string>{"AIR", "PISTON", "REDSTONE_BLOCK", "SLIME",
                                                          "STAINED_HARDENED_CLAY", "STICKY_PISTON", "WOOL"});
    CHECK(caterpillar.grid == *target);
}

TEST_CASE("the structure of a target has the same target") {
    const BlockTarget target{irregular_grid({3, 4, 5}, 4), {"AIR", "DIRT", "PISTON", "STONE"}};
    const support::Structure structure = support::make_structure(target);
    CHECK(structure.size == std::array{5, 4, 3});
    CHECK(structure.blocks.size() == 60);
    const auto again = require(support::make_block_target(structure, "again", target.classes));
    CHECK(again.grid == support::cropped(target.grid));
}

TEST_CASE("pistons of a structure face as those of the article's machines") {
    const BlockTarget target{ClassGrid{{1, 1, 1}}, {"AIR", "PISTON", "STICKY_PISTON", "STONE"}};
    const auto palette = support::make_structure(target).palette;
    CHECK(palette == std::vector<support::BlockState>{{"minecraft:air", ""},
                                                      {"minecraft:piston", "north"},
                                                      {"minecraft:sticky_piston", "south"},
                                                      {"minecraft:stone", ""}});
}

TEST_CASE("cropping a grid undoes its padding") {
    const ClassGrid grid = support::cropped(irregular_grid({3, 4, 5}, 4));
    CHECK(support::cropped(require(support::padded(grid, {9, 8, 7}))) == grid);
    CHECK(support::cropped(ClassGrid{{2, 3, 4}}) == ClassGrid{{1, 1, 1}});
}

TEST_CASE("a padded grid stands on the floor, and the odd cell of air is at the upper end") {
    ClassGrid grid{{1, 1, 2}};
    grid.cells = {1, 2};
    const ClassGrid larger = require(support::padded(grid, {4, 3, 3}));
    CHECK(larger.extents.sizes() == std::array{4, 3, 3});
    CHECK(larger.at(1, 0, 0) == 1);
    CHECK(larger.at(1, 0, 1) == 2);
    CHECK(support::cropped(larger) == grid);
    CHECK(refusal(support::padded(grid, {1, 1, 1})) ==
          "1 x 1 x 2 cells (depth, height, width) do not fit into a grid of 1 x 1 x 1");
}

TEST_CASE("the cube of a grid has the next multiple of ten as its side") {
    CHECK(support::padded_to_cube(ClassGrid{{6, 5, 4}}).extents.sizes() == std::array{10, 10, 10});
    CHECK(support::padded_to_cube(ClassGrid{{10, 6, 8}}).extents.sizes() == std::array{10, 10, 10});
    CHECK(support::padded_to_cube(ClassGrid{{1, 11, 1}}).extents.sizes() == std::array{20, 20, 20});
}
