// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#include <nca/io/pytorch_file.hpp>

#include "common/data.hpp"
#include "common/pytorch_archive.hpp"
#include "temporary.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace pickle = nca::tests::pickle;
using nca::parse_pytorch;
using nca::PytorchFile;
using nca::tests::bytes_of;
using nca::tests::pytorch_file;
using nca::tests::SavedTensor;
using nca::tests::zip_of;
using nca::tests::ZipQuirks;

// The view of `text` must outlive the result.
nca::Result<PytorchFile> parse(const std::string& text) {
    return parse_pytorch(nca::as_bytes(text));
}

std::string refusal(const std::string& file) {
    const auto result = parse(file);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message.find('\n') == std::string::npos);
    return result.error().message;
}
bool refuses(const std::string& file, std::string_view reason) {
    const std::string message = refusal(file);
    INFO(message);
    CHECK(message.find(reason) != std::string::npos);
    return message.find(reason) != std::string::npos;
}

const std::string six = bytes_of(std::vector<float>{0, 1, 2, 3, 4, 5});

// A file of one tensor over the six floats.
std::string one(const SavedTensor& tensor) {
    return pytorch_file(pickle::dict({{"w", tensor.opcodes()}}), {{"0", six}});
}
std::vector<float> floats(const PytorchFile& file, std::string_view name) {
    const nca::StoredTensor* const tensor = file.find(name);
    REQUIRE(tensor != nullptr);
    const auto values = nca::to_floats(*tensor);
    REQUIRE_MESSAGE(values.ok(), values.error().message);
    return *values;
}

const SavedTensor matrix{.elements = 6, .shape = {2, 3}, .strides = {3, 1}};

} // namespace

TEST_CASE("pytorch: a state dict gives its tensors in order, as views") {
    const SavedTensor bias{.key = "0", .elements = 6, .shape = {2}, .strides = {1}, .offset = 4};
    const std::string text = pytorch_file(
        pickle::dict({{"fc0.weight", matrix.opcodes()}, {"fc0.bias", bias.opcodes()}}, pickle::ordered_dict),
        {{"0", six}});
    const auto file = parse(text);
    REQUIRE_MESSAGE(file.ok(), file.error().message);
    REQUIRE(file->tensors().size() == 2);
    CHECK(file->tensors()[0].name == "fc0.weight");
    CHECK(file->tensors()[0].shape == std::vector<std::size_t>{2, 3});
    CHECK(file->tensors()[0].bytes.data() > static_cast<const void*>(text.data()));
    CHECK(floats(*file, "fc0.weight") == std::vector<float>{0, 1, 2, 3, 4, 5});
    CHECK(floats(*file, "fc0.bias") == std::vector<float>{4, 5});
}

TEST_CASE("pytorch: a file that is parsed from a temporary owns its bytes") {
    const std::string text = one(matrix);
    const auto bytes = nca::as_bytes(text);
    const auto file = parse_pytorch(std::vector<std::byte>(bytes.begin(), bytes.end()));
    REQUIRE(file.ok());
    CHECK(floats(*file, "w") == std::vector<float>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("pytorch: strides are honoured, also 0") {
    const std::string transposed = one({.elements = 6, .shape = {3, 2}, .strides = {1, 3}});
    CHECK(floats(*parse(transposed), "w") == std::vector<float>{0, 3, 1, 4, 2, 5});
    const std::string expanded = one({.elements = 6, .shape = {2, 2}, .strides = {0, 2}, .offset = 1});
    CHECK(floats(*parse(expanded), "w") == std::vector<float>{1, 3, 1, 3});
    const std::string scalar = one({.elements = 6, .offset = 5});
    CHECK(floats(*parse(scalar), "w") == std::vector<float>{5});
    const std::string empty = one({.elements = 6, .shape = {0, 3}, .strides = {3, 1}});
    CHECK(floats(*parse(empty), "w").empty());
}

TEST_CASE("pytorch: dictionaries in dictionaries become dots, and what is no tensor is skipped") {
    const std::string opcodes = pickle::dict({{"epoch", pickle::integer(3)},
                                              {"note", pickle::text("x")},
                                              {"losses", "](G12345678G12345678e"},
                                              {"flags", "\x88\x89\x86"},
                                              {"seed", "\x8A\x09" + std::string(9, 'a')},
                                              {"model_state_dict", pickle::dict({{"w", matrix.opcodes()}})},
                                              {"list", "](" + matrix.opcodes() + "e"},
                                              {"numbered", "}" + pickle::integer(7) + matrix.opcodes() + "s"}});
    const std::string text = pytorch_file(opcodes, {{"0", six}});
    const auto file = parse(text);
    REQUIRE_MESSAGE(file.ok(), file.error().message);
    REQUIRE(file->tensors().size() == 3);
    CHECK(file->tensors()[0].name == "model_state_dict.w");
    CHECK(file->tensors()[1].name == "list.0");
    CHECK(file->tensors()[2].name == "numbered.7");
}

TEST_CASE("pytorch: parameters, the attributes of a state dict, and the memo") {
    const std::string parameter =
        "ctorch._utils\n_rebuild_parameter\n(" + matrix.opcodes() + "\x88" + pickle::ordered_dict + "tR";
    const std::string metadata = "}" + pickle::text("_metadata") + pickle::ordered_dict + "sb";
    const std::string opcodes = pickle::ordered_dict + "q" + std::string(1, '\0') + pickle::text("w") + parameter +
                                "q\x01s" + pickle::text("again") + "h\x01s" + metadata;
    const std::string text = pytorch_file(opcodes, {{"0", six}});
    const auto file = parse(text);
    REQUIRE_MESSAGE(file.ok(), file.error().message);
    CHECK(floats(*file, "again") == floats(*file, "w"));
}

TEST_CASE("pytorch: every type of storage") {
    for (const auto& [type, dtype] : {std::pair{"DoubleStorage", nca::Dtype::f64},
                                      {"FloatStorage", nca::Dtype::f32},
                                      {"HalfStorage", nca::Dtype::f16},
                                      {"BFloat16Storage", nca::Dtype::bf16},
                                      {"LongStorage", nca::Dtype::i64},
                                      {"IntStorage", nca::Dtype::i32},
                                      {"ShortStorage", nca::Dtype::i16},
                                      {"CharStorage", nca::Dtype::i8},
                                      {"ByteStorage", nca::Dtype::u8},
                                      {"BoolStorage", nca::Dtype::boolean}}) {
        const std::string name{type};
        INFO(name);
        const std::string text =
            pytorch_file(SavedTensor{.elements = 2, .shape = {2}, .strides = {1}, .type = type}.opcodes(),
                         {{"0", std::string(2 * nca::dtype_size(dtype), '\x01')}});
        const auto file = parse(text);
        REQUIRE_MESSAGE(file.ok(), file.error().message);
        REQUIRE(file->find("tensor") != nullptr);
        CHECK(file->find("tensor")->dtype == dtype);
    }
    const std::string text =
        pytorch_file(SavedTensor{.elements = 1, .type = "ComplexFloatStorage"}.opcodes(), {{"0", std::string(8, 'x')}});
    CHECK(parse(text)->tensors()[0].dtype_text() == "ComplexFloatStorage");
}

TEST_CASE("pytorch: protocol 4") {
    const auto short_text = [](std::string_view value) {
        return "\x8C" + std::string(1, static_cast<char>(value.size())) + std::string{value} + "\x94";
    };
    const std::string opcodes = "\x80\x04\x95" + std::string(8, '\0') + short_text("collections") +
                                short_text("OrderedDict") + "\x93\x94)R\x94" + short_text("w") + matrix.opcodes() +
                                "s.";
    const std::string text = zip_of({{"a/data.pkl", opcodes}, {"a/data/0", six}});
    const auto file = parse(text);
    REQUIRE_MESSAGE(file.ok(), file.error().message);
    CHECK(floats(*file, "w").size() == 6);
}

TEST_CASE("pytorch: archives with zip64, a comment, without a folder") {
    CHECK(parse(pytorch_file(matrix.opcodes(), {{"0", six}}, {.zip64 = true})).ok());
    CHECK(parse(pytorch_file(matrix.opcodes(), {{"0", six}}, {.comment = "PK\x05\x06 a comment"})).ok());
    CHECK(parse(zip_of({{"data.pkl", pickle::begin + matrix.opcodes() + "."}, {"data/0", six}})).ok());
}

TEST_CASE("pytorch: archives that are refused") {
    const auto file = [](const ZipQuirks& quirks) { return pytorch_file(matrix.opcodes(), {{"0", six}}, quirks); };
    CHECK(refuses(file({.method = 8}), "is compressed"));
    CHECK(refuses(file({.flags = 1}), "is encrypted"));
    CHECK(refuses(file({.crc_error = 1}), "the checksum of the entry 'model/data.pkl' is wrong"));
    CHECK(refuses(pytorch_file(matrix.opcodes(), {}), "its data are missing"));
    CHECK(refuses(pytorch_file(matrix.opcodes(), {{"0", six}, {"0", six}}), "two entries have the name"));
    CHECK(refuses(zip_of({{"word/document.xml", ""}}), "no data.pkl"));
    CHECK(refuses(zip_of({{"a/data.pkl", "."}, {"a/byteorder", "big"}}), "big-endian"));
    CHECK(refuses(zip_of({{"a/data.pkl", "."}, {"a/constants.pkl", ""}}), "TorchScript"));
    CHECK(refuses("\x80\x02\x8A\x0A a pickle", "as PyTorch wrote before 1.6"));
    CHECK(refuses("text", "not a PyTorch file"));
    std::string overlapping = file({});
    const std::size_t entry = overlapping.find("PK\x01\x02", overlapping.find("PK\x01\x02") + 1);
    const std::size_t first = overlapping.find("PK\x01\x02");
    overlapping.replace(entry, 46 + 14, overlapping, first, 46 + 14); // both entries are the first
    CHECK_FALSE(refusal(overlapping).empty());
}

TEST_CASE("pytorch: a wrong byte of the data is noticed") {
    std::string text = one(matrix);
    text[text.find(six) + 5] ^= 1;
    CHECK(refuses(text, "the checksum of the entry 'model/data/0' is wrong"));
}

TEST_CASE("pytorch: whatever could run code is refused by its name") {
    CHECK(refuses(pytorch_file("cos\nsystem\n(" + pickle::text("true") + "tR", {}), "asks for 'os.system'"));
    CHECK(refuses(pytorch_file("c__main__\nCAModel\n)\x81", {}), "asks for '__main__.CAModel'"));
    CHECK(refuses(pytorch_file("ctorch\nload\n", {}), "save model.state_dict() alone"));
    CHECK(refuses(pytorch_file("ccollections\nOrderedDict\n)\x81", {}), "the opcode 0x81, which makes objects"));
    CHECK(refuses(pytorch_file(pickle::text("os") + pickle::text("system") + "\x93", {}), "asks for 'os.system'"));
    CHECK(refuses(pytorch_file("(ios\nsystem\n", {}), "the opcode 0x69"));
}

TEST_CASE("pytorch: tensors that reach beyond their data are refused") {
    CHECK(refuses(one({.elements = 6, .shape = {2, 4}, .strides = {4, 1}}), "reach beyond its data"));
    CHECK(refuses(one({.elements = 6, .shape = {2}, .strides = {6}}), "reach beyond its data"));
    CHECK(refuses(one({.elements = 6, .shape = {1}, .strides = {1}, .offset = 6}), "reach beyond its data"));
    CHECK(refuses(one({.elements = 6, .shape = {1}, .strides = {1}, .offset = -1}), "reach beyond its data"));
    CHECK(refuses(one({.elements = 6, .shape = {-1}, .strides = {1}}), "negative"));
    CHECK(refuses(one({.elements = 6, .shape = {2}, .strides = {-1}}), "negative"));
    CHECK(refuses(one({.elements = 6, .shape = {2, 3}, .strides = {1}}), "2 dimensions and 1 strides"));
    CHECK(refuses(one({.elements = 7, .shape = {1}, .strides = {1}}), "expected 7 elements"));
    const int huge = 2147483647;
    CHECK(refuses(one({.elements = 6, .shape = {huge, huge, huge}, .strides = {1, 1, 1}}), "reach beyond its data"));
    CHECK(refuses(one({.elements = 6, .shape = {30000, 30000}, .strides = {0, 0}}), "save it as .contiguous()"));
}

TEST_CASE("pytorch: pickles that no program wrote are refused") {
    const std::vector<std::string> damaged{"t",
                                           "u",
                                           "R",
                                           "Q",
                                           "b",
                                           "a",
                                           "}}s",
                                           "h\x05",
                                           "q\x05",
                                           "(",
                                           "}}",
                                           "\x87",
                                           ")Q",
                                           "}(Nu",
                                           "cno end",
                                           "G123",
                                           "X\xFF\xFF\xFF\xFFx",
                                           "\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx",
                                           "ctorch._utils\n_rebuild_tensor_v2\n)R",
                                           "ctorch._utils\n_rebuild_parameter\n)R",
                                           "}" + matrix.opcodes() + matrix.opcodes() + "s"};
    for (const std::string& opcodes : damaged) {
        INFO(opcodes);
        CHECK_FALSE(refusal(pytorch_file(opcodes, {})).empty());
    }
}

TEST_CASE("pytorch: dictionaries that hold themselves, or each other many times, end") {
    const std::string self = "}q" + std::string(1, '\0') + pickle::text("me") + "h" + std::string(1, '\0') + "s";
    CHECK(refuses(pytorch_file(self, {}), "hold themselves"));
    std::string lists = "]q" + std::string(1, '\0');
    for (char level = 0; level < 30; ++level) { // each list holds the one before twice
        lists += std::string{"](h"} + level + "h" + level + "eq" + static_cast<char>(level + 1);
    }
    lists = "](" + lists + "e";
    CHECK(refuses(pytorch_file(lists, {}), "too many values"));
}

TEST_CASE("pytorch: two tensors of one name are refused") {
    CHECK(
        refuses(pytorch_file(pickle::dict({{"a", pickle::dict({{"b", matrix.opcodes()}})}, {"a.b", matrix.opcodes()}}),
                             {{"0", six}}),
                "two tensors have the name 'a.b'"));
}

TEST_CASE("pytorch: a file that ends anywhere, or has a wrong byte, is refused or read, never misread") {
    const std::string text = one(matrix);
    for (std::size_t length = 0; length < text.size(); ++length) {
        CHECK_FALSE(parse(text.substr(0, length)).ok());
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (const char wrong : {'\0', '\xFF', '('}) {
            std::string changed = text;
            changed[at] = wrong;
            const auto file = parse(changed);
            if (file && file->find("w") != nullptr) CHECK(floats(*file, "w") == std::vector<float>{0, 1, 2, 3, 4, 5});
        }
    }
}

TEST_CASE("pytorch: a published file is read as others decoded it") {
    const auto path = nca::tests::data_file("goal_guided/100k_linear_encoder.pt");
    if (!path) return;
    const auto file = nca::read_pytorch(path->string());
    REQUIRE_MESSAGE(file.ok(), file.error().message);
    CHECK(file->tensors().size() == 10);
    REQUIRE(file->find("perception_net.weight") != nullptr);
    CHECK(file->find("perception_net.weight")->shape == std::vector<std::size_t>{63, 1, 3, 3});
}

TEST_CASE("pytorch: a file that was read owns its bytes") {
    const nca::tests::TemporaryFolder folder;
    const std::string path = folder.file("model.pt");
    const std::string text = one(matrix);
    const std::span<const std::byte> parts[] = {nca::as_bytes(text)};
    REQUIRE(nca::write_file_atomically(path, parts).ok());
    const auto file = nca::read_pytorch(path);
    REQUIRE_MESSAGE(file.ok(), file.error().message);
    CHECK(file->file_name() == path);
    CHECK(floats(*file, "w") == std::vector<float>{0, 1, 2, 3, 4, 5});
    CHECK(nca::read_pytorch(path + "x").error().message.find("no such file") != std::string::npos);
}
