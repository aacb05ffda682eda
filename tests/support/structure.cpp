// SPDX-License-Identifier: Apache-2.0
#include "blocks.hpp"
#include "scratch.hpp"

#include <functional>
#include <support/mnist_data.hpp>
#include <support/nbt.hpp>

using support::NbtType;
using support::NbtWriter;
using support::Structure;

namespace {

std::vector<std::byte> unpacked(const Structure& structure) {
    return require(support::gunzip(require(support::encode_structure(structure)), "file"));
}

std::string refusal_of(std::span<const std::byte> bytes) {
    return refusal(support::parse_structure(bytes, "a.nbt"));
}

// Why a file is refused whose root has the members that `write` writes, and what a structure needs besides.
std::string refusal_of(const std::function<void(NbtWriter&)>& write) {
    NbtWriter file;
    write(file);
    file.list("size", std::array{1, 2, 3});
    file.begin_list("palette", NbtType::compound, 0);
    file.begin_list("blocks", NbtType::compound, 0);
    file.end_compound();
    return refusal_of(std::move(file).bytes());
}

} // namespace

TEST_CASE("a structure's file gives it back") {
    const Structure structure = small_structure();
    CHECK(require(support::parse_structure(require(support::encode_structure(structure)), "a.nbt")) == structure);
    const Scratch scratch;
    REQUIRE(support::write_structure(scratch / "a.nbt", structure).ok());
    CHECK(require(support::read_structure(scratch / "a.nbt")) == structure);
}

TEST_CASE("a structure's file is compressed NBT as the format says") {
    Structure structure;
    structure.size = {1, 2, 3};
    structure.palette = {{"minecraft:piston", "up"}};
    structure.blocks = {{{0, 1, 2}, 0}};
    // Each tag: its type, its name behind two bytes of length, its value. Lists: type and number of the elements.
    const std::string expected = std::string{"\x0A\0\0", 3} + // root
                                 std::string{"\x03\0\x0B"
                                             "DataVersion\0\0\x05\x3F",
                                             18} +                                 // 1343
                                 std::string{"\x09\0\x04size\x03\0\0\0\x03", 12} + // three int
                                 std::string{"\0\0\0\x01\0\0\0\x02\0\0\0\x03", 12} +
                                 std::string{"\x09\0\x08"
                                             "entities\0\0\0\0\0",
                                             16} +                                    // none
                                 std::string{"\x09\0\x07palette\x0A\0\0\0\x01", 15} + // one compound
                                 std::string{"\x08\0\x04Name\0\x10minecraft:piston", 25} +
                                 std::string{"\x0A\0\x0AProperties", 13} +
                                 std::string{"\x08\0\x06"
                                             "facing\0\x02up\0",
                                             14} +
                                 std::string{"\0", 1} +
                                 std::string{"\x09\0\x06"
                                             "blocks\x0A\0\0\0\x01",
                                             14} + // one compound
                                 std::string{"\x09\0\x03pos\x03\0\0\0\x03", 11} +
                                 std::string{"\0\0\0\0\0\0\0\x01\0\0\0\x02", 12} +
                                 std::string{"\x03\0\x05state\0\0\0\0\0", 13} + std::string{"\0", 1};
    CHECK(unpacked(structure) == bytes_of(expected));
    const auto packed = require(support::encode_structure(structure));
    CHECK(packed.at(0) == std::byte{0x1F});
    CHECK(packed.at(1) == std::byte{0x8B});
}

TEST_CASE("a structure is read from compressed and from plain NBT alike") {
    CHECK(require(support::parse_structure(unpacked(small_structure()), "a.nbt")) == small_structure());
}

TEST_CASE("published structures survive being written") {
    const auto folder = nca::tests::data_file("voxel");
    if (!folder) return;
    for (const char* const name : {"plain_village_house.nbt", "caterpillar_short.nbt"}) {
        CAPTURE(name);
        const Structure structure = require(support::read_structure(*folder / name));
        CHECK(require(support::parse_structure(require(support::encode_structure(structure)), name)) == structure);
    }
}

TEST_CASE("a published structure has the blocks and directions of its file") {
    const auto path = nca::tests::data_file("voxel/plain_village_house.nbt");
    if (!path) return;
    const Structure house = require(support::read_structure(*path));
    CHECK(house.size == std::array{4, 5, 6});
    CHECK(house.data_version == 819);
    CHECK(house.blocks.size() == 120);
    REQUIRE(house.palette.size() == 11);
    CHECK(house.palette[0] == support::BlockState{"minecraft:cobblestone", ""});
    CHECK(house.palette[5] == support::BlockState{"minecraft:stone_stairs", "south"});
    CHECK(house.blocks[2] == support::PlacedBlock{{2, 0, 1}, 0});
}

TEST_CASE("members of a structure that nobody needs are skipped, whatever their type") {
    NbtWriter file;
    file.int32("an int", 7);
    file.string("a string", "text");
    file.begin_compound("a compound");
    file.list("a list", std::array{1, 2, 3});
    file.end_compound();
    file.begin_list("a list of compounds", NbtType::compound, 2);
    file.string("in the first", "");
    file.end_compound();
    file.end_compound();
    // The writer's root goes on with members of the other types, then with those of a structure.
    std::vector<std::byte> bytes = std::move(file).bytes();
    const auto append = [&](std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
    append(bytes_of({"\x01\0\0\x05", 4}));
    append(bytes_of({"\x02\0\0\x05\x06", 5}));
    append(bytes_of({"\x04\0\0\x01\x02\x03\x04\x05\x06\x07\x08", 11}));
    append(bytes_of({"\x05\0\0\x01\x02\x03\x04", 7}));
    append(bytes_of({"\x06\0\0\x01\x02\x03\x04\x05\x06\x07\x08", 11}));
    append(bytes_of({"\x07\0\0\0\0\0\x02\x01\x01", 9}));
    append(bytes_of({"\x0B\0\0\0\0\0\x01\x01\x01\x01\x01", 11}));
    append(bytes_of({"\x0C\0\0\0\0\0\x01\x01\x01\x01\x01\x01\x01\x01\x01", 15}));
    const auto structure = unpacked(small_structure());
    append(std::span{structure}.subspan(3));
    CHECK(require(support::parse_structure(bytes, "a.nbt")) == small_structure());
}

TEST_CASE("a structure that ends too early is refused wherever it ends") {
    const auto bytes = unpacked(small_structure());
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        CAPTURE(size);
        CHECK(contains(refusal_of(std::span{bytes}.first(size)), "'a.nbt' ends "));
    }
    CHECK(refusal_of(std::span{bytes}.first(bytes.size() - 5)) == "'a.nbt' ends within 'blocks'");
    const auto packed = require(support::encode_structure(small_structure()));
    CHECK(contains(refusal_of(std::span{packed}.first(packed.size() / 2)), "'a.nbt' is truncated"));
}

TEST_CASE("files that are no structures are refused in words") {
    CHECK(refusal_of(bytes_of("")) == "'a.nbt' is empty, so it is not an NBT file");
    CHECK(refusal_of(bytes_of("{\"size\": 1}")) == "'a.nbt' is not an NBT file");
    CHECK(contains(refusal_of(bytes_of({"\x0A\0\0\0", 4})), "'a.nbt' is an NBT file without a size: "));
    CHECK(refusal_of(bytes_of({"\x0A\0\0\x0D\0\0", 6})) == "'a.nbt' is damaged: it holds a tag of the unknown type 13");
    auto bytes = unpacked(small_structure());
    bytes.push_back(std::byte{0});
    CHECK(refusal_of(bytes) == "'a.nbt' goes on after the end of its root compound");
    CHECK(contains(refusal(support::read_structure("/nowhere/a.nbt")), "no such file"));
}

TEST_CASE("values of a wrong type or number in a structure are refused in words") {
    CHECK(refusal_of([](NbtWriter& file) { file.int32("size", 3); }) ==
          "'a.nbt' holds an int where 'size' should be a list");
    CHECK(refusal_of([](NbtWriter& file) { file.list("blocks", std::array{3}); }) ==
          "'a.nbt' holds an int where 'blocks' should be a compound");
    CHECK(refusal_of([](NbtWriter& file) {
              file.list("size", std::array{3, 4});
          }) == "'a.nbt' holds 2 numbers where 'size' should be 3");
    CHECK(refusal_of([](NbtWriter& file) { file.begin_list("palette", NbtType::end, 5); }) ==
          "'a.nbt' is damaged: the list 'palette' has elements of the unknown type 0");
    CHECK(refusal_of([](NbtWriter& file) {
              file.begin_list("palette", NbtType::compound, 1);
              file.end_compound();
          }) == "'a.nbt' has an entry of its palette without a name");
    CHECK(refusal_of([](NbtWriter& file) {
              file.begin_list("blocks", NbtType::compound, 1);
              file.int32("state", 0);
              file.end_compound();
          }) == "'a.nbt' has a block without a position or a state");
}

TEST_CASE("a structure's sizes, positions and states must fit together") {
    NbtWriter empty;
    empty.list("size", std::array{1, 0, 129});
    empty.begin_list("palette", NbtType::compound, 0);
    empty.begin_list("blocks", NbtType::compound, 0);
    empty.end_compound();
    CHECK(refusal_of(std::move(empty).bytes()) == "'a.nbt' has a size of 1 x 0 x 129: each side must be from 1 to 128");
    // The last position and the last state of a file of one block are its last bytes.
    Structure structure = small_structure();
    structure.blocks = {{{1, 2, 3}, 2}};
    auto bytes = unpacked(structure);
    bytes[bytes.size() - 3] = std::byte{3};
    CHECK(refusal_of(bytes) == "'a.nbt' has a block at (1, 2, 3) of state 3 in a palette of 3");
    bytes[bytes.size() - 3 - 12] = std::byte{4};
    CHECK(refusal_of(bytes) == "'a.nbt' has a block at (1, 2, 4), outside of its size of 2 x 3 x 4");
}

TEST_CASE("a small file cannot fill the memory with the entries of a palette") {
    NbtWriter bomb;
    bomb.begin_list("palette", NbtType::compound, 1'000'000);
    for (int i = 0; i < 70'000; ++i) {
        bomb.string("Name", "a");
        bomb.end_compound();
    }
    CHECK(refusal_of(std::move(bomb).bytes()) == "'a.nbt' has a palette of more than 65536 entries");
}

TEST_CASE("deeply nested NBT is refused before the stack ends") {
    NbtWriter deep;
    for (int i = 0; i < 1'000'000; ++i) deep.begin_compound("");
    CHECK(refusal_of(std::move(deep).bytes()) == "'a.nbt' is nested more than 512 levels deep");
}

TEST_CASE("a structure too large for its file is refused when it is written") {
    Structure structure;
    structure.size = {129, 1, 1};
    const Scratch scratch;
    CHECK(contains(refusal(support::write_structure(scratch / "a.nbt", structure)), "129 x 1 x 1"));
    CHECK(scratch.files() == 0);
    Structure named = small_structure();
    named.palette[0].name.assign(65536, 'a');
    CHECK(contains(refusal(support::encode_structure(named)), "more than 65535 bytes"));
    Structure varied = small_structure();
    varied.palette.resize(65537);
    CHECK(contains(refusal(support::encode_structure(varied)), "more than 65536 entries"));
}
