// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#include <nca/io/safetensors.hpp>

#include "common/data.hpp"
#include "temporary.hpp"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using nca::parse_safetensors;
using nca::SafetensorsFile;
using nca::SafetensorsWriter;

// A file with an arbitrary header and this many bytes of data.
std::vector<std::byte> file_of(std::string_view header, std::size_t data_size) {
    const std::uint64_t length = header.size();
    std::vector<std::byte> bytes(8 + header.size() + data_size);
    std::memcpy(bytes.data(), &length, 8);
    std::memcpy(bytes.data() + 8, header.data(), header.size());
    return bytes;
}

template <class T>
std::string refusal(const nca::Result<T>& result) {
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message.find('\n') == std::string::npos);
    return result.error().message;
}

// Four tensors and two metadata entries, whose values are in `storage`.
std::vector<std::byte> sample() {
    const std::vector<float> weight{1.5F, -2.0F, 0.25F, 3.0F, -0.0F, 1e-30F};
    const std::array<std::uint8_t, 3> mask{1, 0, 255};
    const std::array<std::int64_t, 1> counter{9007199254740993};
    const std::vector<double> nothing;
    SafetensorsWriter writer;
    writer.set_metadata("nca.system", "growing").set_metadata("note", "two\nlines \"quoted\" \xF0\x9F\xA6\x8E");
    writer.add("mask", {3}, mask)
        .add("weight", {2, 3}, weight)
        .add("counter", {}, counter)
        .add("none", {0, 4}, nothing);
    const auto bytes = writer.to_bytes();
    REQUIRE_MESSAGE(bytes.ok(), bytes.error().message);
    return *bytes;
}

// The value of an IEEE half, from its definition.
double half_value(unsigned half) {
    const double sign = (half & 0x8000U) != 0 ? -1.0 : 1.0;
    const int exponent = static_cast<int>((half >> 10U) & 31U);
    const double fraction = (half & 1023U) / 1024.0;
    if (exponent == 0) return sign * std::ldexp(fraction, -14);
    if (exponent == 31) return sign * std::numeric_limits<double>::infinity(); // or NaN
    return sign * std::ldexp(1.0 + fraction, exponent - 15);
}

} // namespace

TEST_CASE("names, types, shapes, values, metadata and order survive a round trip") {
    const std::vector<std::byte> bytes = sample();
    const auto file = parse_safetensors(bytes);
    REQUIRE_MESSAGE(file.ok(), file.error().message);
    REQUIRE(file->tensors().size() == 4);
    CHECK(file->tensors()[0].name == "mask");
    CHECK(file->tensors()[1].name == "weight");
    CHECK(file->tensors()[3].name == "none");
    CHECK(*file->to_vector<std::uint8_t>("mask", {3}) == std::vector<std::uint8_t>{1, 0, 255});
    CHECK(*file->to_vector<std::int64_t>("counter", {}) == std::vector<std::int64_t>{9007199254740993});
    CHECK(file->to_vector<double>("none", {0, 4})->empty());
    const auto weight = file->to_floats("weight", {2, 3});
    REQUIRE(weight.ok());
    CHECK(*weight == std::vector<float>{1.5F, -2.0F, 0.25F, 3.0F, -0.0F, 1e-30F});
    CHECK(std::bit_cast<std::uint32_t>((*weight)[4]) == 0x80000000U); // -0.0
    REQUIRE(file->metadata().size() == 2);
    CHECK(*file->find_metadata("nca.system") == "growing");
    CHECK(*file->require_metadata("note") == "two\nlines \"quoted\" \xF0\x9F\xA6\x8E");
    CHECK(file->find("bias") == nullptr);
    CHECK(file->find_metadata("seed") == nullptr);
}

TEST_CASE("the same tensors give the same bytes, and every tensor is aligned") {
    const std::vector<std::byte> bytes = sample();
    CHECK(bytes == sample());
    const auto file = parse_safetensors(bytes);
    REQUIRE(file.ok());
    for (const nca::StoredTensor& tensor : file->tensors()) {
        CHECK((tensor.bytes.data() - bytes.data()) % static_cast<std::ptrdiff_t>(nca::dtype_size(tensor.dtype)) == 0);
    }
    const std::string_view header = nca::as_text(bytes).substr(8);
    CHECK(header.starts_with(R"({"__metadata__":{"nca.system":"growing","note":"two\nlines)"));
    CHECK(header.find(R"("mask":{"dtype":"U8","shape":[3],"data_offsets":[32,35]},"weight":{"dtype":"F32")") !=
          std::string_view::npos);
}

TEST_CASE("a file that is parsed from a temporary owns its bytes") {
    const auto file = parse_safetensors(sample());
    REQUIRE(file.ok());
    CHECK(*file->to_vector<std::uint8_t>("mask", {3}) == std::vector<std::uint8_t>{1, 0, 255});
}

TEST_CASE("a file without tensors has an empty header and can be read") {
    const auto bytes = SafetensorsWriter{}.to_bytes();
    REQUIRE(bytes.ok());
    CHECK(nca::as_text(*bytes).substr(8) == "{}      ");
    const auto file = parse_safetensors(*bytes);
    REQUIRE(file.ok());
    CHECK(file->tensors().empty());
}

TEST_CASE("a tensor written in pieces equals the tensor written in one piece") {
    const std::vector<float> values{1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F};
    const std::span<const float> all{values};
    const std::vector<std::span<const float>> pieces{all.first(1), {}, all.subspan(1, 4), all.last(1)};
    const std::vector<std::int32_t> other{7};
    SafetensorsWriter whole;
    whole.add("values", {2, 3}, all).add("other", {1}, std::span<const std::int32_t>(other));
    SafetensorsWriter cut;
    cut.add_pieces<float>("values", {2, 3}, pieces).add("other", {1}, std::span<const std::int32_t>(other));
    const auto expected = whole.to_bytes();
    const auto found = cut.to_bytes();
    REQUIRE(expected.ok());
    REQUIRE(found.ok());
    CHECK(*found == *expected);
    SafetensorsWriter short_of_one;
    short_of_one.add_pieces<float>("values", {2, 3}, std::span{pieces}.first(3));
    CHECK_FALSE(short_of_one.to_bytes().ok());
}

TEST_CASE("every dtype of the format has its name and size") {
    const std::array<std::string_view, 13> names{"F64", "F32", "F16", "BF16", "I64", "I32", "I16",
                                                 "I8",  "U64", "U32", "U16",  "U8",  "BOOL"};
    const std::array<std::size_t, 13> sizes{8, 4, 2, 2, 8, 4, 2, 1, 8, 4, 2, 1, 1};
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto dtype = nca::parse_dtype(names[i]);
        REQUIRE(dtype.has_value());
        CHECK(nca::dtype_name(*dtype) == names[i]);
        CHECK(nca::dtype_size(*dtype) == sizes[i]);
    }
    CHECK_FALSE(nca::parse_dtype("f32").has_value());
    CHECK_FALSE(nca::parse_dtype("F8_E4M3").has_value());
}

TEST_CASE("all 65536 halves are converted exactly") {
    // Compared bitwise, which also covers NaN and negative zero, even with -ffast-math.
    std::size_t different = 0;
    for (unsigned half = 0; half < 65536; ++half) {
        const auto found = std::bit_cast<std::uint32_t>(nca::float_from_half(static_cast<std::uint16_t>(half)));
        const bool nan = (half & 0x7C00U) == 0x7C00U && (half & 0x3FFU) != 0;
        const auto expected = std::bit_cast<std::uint32_t>(static_cast<float>(half_value(half)));
        const bool right =
            nan ? (found & 0x7FFFFFFFU) > 0x7F800000U && (found >> 31U) == (half >> 15U) : found == expected;
        if (!right && ++different == 1) FAIL_CHECK("the first of the halves that differ is " << half);
    }
    CHECK(different == 0);
    CHECK(nca::float_from_bfloat(0x3FC0) == 1.5F);
    CHECK(nca::float_from_bfloat(0xFF80) == -std::numeric_limits<float>::infinity());
}

TEST_CASE("floating-point tensors of any dtype and alignment are converted to float") {
    // The header length is not a multiple of 8, so every tensor is unaligned.
    std::string header = R"({"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},)"
                         R"("b":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]},)"
                         R"("f":{"dtype":"F32","shape":[1],"data_offsets":[6,10]},)"
                         R"("d":{"dtype":"F64","shape":[1],"data_offsets":[10,18]},)"
                         R"("i":{"dtype":"I32","shape":[1],"data_offsets":[18,22]}})";
    while (header.size() % 8 != 7) header += ' ';
    std::vector<std::byte> bytes = file_of(header, 22);
    std::byte* data = bytes.data() + 8 + header.size();
    const std::uint16_t halves[] = {0x3E00, 0xC400, 0x4020}; // 1.5, -4, and 2.5 as bfloat16
    const float single = 0.1F;
    const double wide = 0.1;
    std::memcpy(data, halves, 6);
    std::memcpy(data + 6, &single, 4);
    std::memcpy(data + 10, &wide, 8);
    const auto file = parse_safetensors(bytes);
    REQUIRE_MESSAGE(file.ok(), file.error().message);
    CHECK(*file->to_floats("h", {2}) == std::vector<float>{1.5F, -4.0F});
    CHECK(*file->to_floats("b", {1}) == std::vector<float>{2.5F});
    CHECK(*file->to_floats("f", {1}) == std::vector<float>{0.1F});
    CHECK(*file->to_floats("d", {1}) == std::vector<float>{0.1F});
    NCA_CHECK_MESSAGE_HAS(refusal(file->to_floats("i", {1})), "tensor 'i': expected floating-point values");
}

TEST_CASE("an unexpected tensor is refused with the name of the file, what was expected and what was found") {
    const std::vector<std::byte> bytes = sample();
    const auto file = parse_safetensors(bytes, "lizard.safetensors");
    REQUIRE(file.ok());
    CHECK(refusal(file->to_floats("weight", {3, 2})) ==
          "'lizard.safetensors': tensor 'weight': expected shape [3, 2], found [2, 3]");
    CHECK(refusal(file->to_floats("bias", {3})) == "'lizard.safetensors': has no tensor 'bias'");
    CHECK(refusal(file->require_metadata("seed")) == "'lizard.safetensors': has no metadata 'seed'");
    CHECK(refusal(file->to_vector<float>("counter", {})) ==
          "'lizard.safetensors': tensor 'counter': expected dtype F32, found I64");
    std::array<float, 5> few{};
    CHECK(refusal(nca::copy_to<float>(*file->find("weight"), few)) ==
          "tensor 'weight': expected number of elements 5, found 6");
}

TEST_CASE("non-finite weights are refused with their index") {
    std::vector<float> values(20, 1.0F);
    CHECK(nca::check_finite("x", values).ok());
    values[17] = std::numeric_limits<float>::quiet_NaN();
    CHECK(refusal(nca::check_finite("x", values)) == "tensor 'x' holds a value that is not finite (at index 17)");
    values[3] = -std::numeric_limits<float>::infinity();
    NCA_CHECK_MESSAGE_HAS(refusal(nca::check_finite("x", values)), "(at index 3)");
    SafetensorsWriter writer;
    writer.add("x", {4, 5}, values);
    const auto bytes = writer.to_bytes();
    REQUIRE(bytes.ok());
    const auto file = parse_safetensors(*bytes);
    CHECK(file->to_floats("x", {4, 5}).ok());
    NCA_CHECK_MESSAGE_HAS(refusal(file->to_finite_floats("x", {4, 5})), "not finite (at index 3)");
}

TEST_CASE("every violation of the format is refused with the reason") {
    struct Case {
        std::string_view header;
        std::size_t data;
        std::string_view message;
    };
    const Case cases[] = {
        {"", 0, "does not start with '{'"},
        {"\xEF\xBB\xBF{}", 0, "does not start with '{'"},
        {"[]", 0, "does not start with '{'"},
        {"{", 0, "header, line 1, column 2: expected a key"},
        {R"({"a":1,"a":2})", 0, "twice"},
        {"{}", 4, "4 bytes at the end belong to no tensor"},
        {R"({"__metadata__":[]})", 0, "'__metadata__': expected an object, found '[]'"},
        {R"({"__metadata__":{"k":1}})", 0, "metadata 'k': expected a string, found '1'"},
        {R"({"a":[]})", 0, "tensor 'a': expected an object in the header"},
        {R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4, "tensor 'a': dtype: expected a string, found nothing"},
        {R"({"a":{"dtype":5,"shape":[1],"data_offsets":[0,4]}})", 4, "dtype: expected a string, found '5'"},
        {R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4, "shape: expected an array, found nothing"},
        {R"({"a":{"dtype":"F32","shape":4,"data_offsets":[0,4]}})", 4, "shape: expected an array, found '4'"},
        {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "expected integers from 0, found '-1'"},
        {R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4, "expected integers from 0, found '1.0'"},
        {R"({"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})", 4, "found a string"},
        {R"({"a":{"dtype":"F32","shape":[1]}})", 4, "data_offsets: expected two integers, found nothing"},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "expected two integers, found '[0]'"},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "expected 0 <= begin <= end, found '[4,0]'"},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", 4, "expected 0 <= begin <= end"},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4.0]}})", 4, "expected 0 <= begin <= end"},
        {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 7,
         "its data end at byte 8, but the file has only 7"},
        {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4,
         "shape [2] of F32 takes 8 bytes, but data_offsets span 4"},
        {R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,0]}})", 0, "shape [] of F32 takes 4 bytes"},
        {R"({"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0, "too large"},
        {R"({"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}})", 0, "too large"},
        {R"({"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,0]}})", 0, "expected integers from 0"},
        {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}})",
         7, "tensor 'b': its data overlap those of tensor 'a'"},
        {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
         4, "overlap"},
        {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}})",
         4, "overlap"},
        {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", 6,
         "2 bytes before the data of tensor 'a' belong to no tensor"},
        {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 6, "2 bytes at the end belong to no tensor"},
        {"{\"a\nb\":1}", 0, "control character"},
        {R"({"a\nb":1})", 0, "tensor 'a\\nb': expected an object"},
    };
    for (const Case& c : cases) {
        INFO("header: " << c.header);
        const std::vector<std::byte> bytes = file_of(c.header, c.data);
        const std::string message = refusal(parse_safetensors(bytes, "m.safetensors"));
        NCA_CHECK_MESSAGE_HAS(message, c.message);
        CHECK(message.starts_with("'m.safetensors': "));
    }
}

TEST_CASE("variants that the format allows but the writer does not produce can be read") {
    const std::vector<std::byte> unordered =
        file_of(R"({"b":{"data_offsets":[4,8],"shape":[4],"dtype":"BOOL","extra":1},)"
                R"("a":{"dtype":"I8","shape":[2,2],"data_offsets":[0,4]},)"
                R"("e":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},"__metadata__":{}})"
                "   \n",
                8);
    const auto file = parse_safetensors(unordered);
    REQUIRE_MESSAGE(file.ok(), file.error().message);
    CHECK(file->tensors()[0].name == "b");
    CHECK(file->find("b")->bytes.data() == unordered.data() + unordered.size() - 4);
    CHECK(file->find("e")->size() == 0);
}

TEST_CASE("a header length beyond the file or the limit is refused before it is used") {
    std::vector<std::byte> bytes = sample();
    const auto with_length = [&](std::uint64_t length) {
        std::memcpy(bytes.data(), &length, 8);
        return refusal(parse_safetensors(bytes));
    };
    NCA_CHECK_MESSAGE_HAS(with_length(bytes.size() - 7), "truncated");
    NCA_CHECK_MESSAGE_HAS(with_length(100'000'000), "truncated");
    NCA_CHECK_MESSAGE_HAS(with_length(100'000'001), "at most 100000000 are allowed");
    NCA_CHECK_MESSAGE_HAS(with_length(std::numeric_limits<std::uint64_t>::max()), "at most 100000000 are allowed");
    NCA_CHECK_MESSAGE_HAS(refusal(parse_safetensors(std::span<const std::byte>{})), "it has 0 bytes");
}

TEST_CASE("right diagnosis: what downloads leave in place of a model is named") {
    const std::pair<std::string_view, std::string_view> files[] = {
        {"\x89PNG\r\n\x1A\n and so on", "not a safetensors file: this is a picture (PNG)"},
        {"<!DOCTYPE html><html><head>", "a web page"},
        {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a", "the pointer of Git LFS"},
        {"\x1F\x8B\x08\x08 and so on", "compressed by gzip"},
        {{"\xFF\xFE[\0{\0\"\0", 8}, "text in UTF-16"},
        {"\x89HDF\r\n\x1A\n and so on", "an HDF5 file"}};
    for (const auto& file : files)
        NCA_CHECK_MESSAGE_HAS(refusal(parse_safetensors(nca::as_bytes(file.first))), file.second);
}

TEST_CASE("a file that is truncated anywhere, or one byte too long, is refused") {
    std::vector<std::byte> bytes = sample();
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        // A copy of the exact size, so that AddressSanitizer detects a read past the end.
        const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
        refusal(parse_safetensors(cut));
    }
    bytes.push_back(std::byte{0});
    refusal(parse_safetensors(bytes));
}

TEST_CASE("invalid contents are refused when they are written") {
    const std::vector<float> values(6);
    const auto message = [](const SafetensorsWriter& writer) { return refusal(writer.to_bytes()); };
    SafetensorsWriter shape;
    shape.add("w", {2, 4}, values);
    NCA_CHECK_MESSAGE_HAS(message(shape), "tensor 'w': shape [2, 4] does not fit 6 values");
    SafetensorsWriter twice;
    twice.add("w", {6}, values).add("v", {6}, values).add("w", {6}, values);
    NCA_CHECK_MESSAGE_HAS(message(twice), "tensor 'w' was added twice");
    SafetensorsWriter reserved;
    reserved.add("__metadata__", {6}, values);
    NCA_CHECK_MESSAGE_HAS(message(reserved), "reserves this name");
    SafetensorsWriter name;
    name.add("\xFF", {6}, values);
    NCA_CHECK_MESSAGE_HAS(message(name), "not valid UTF-8");
    SafetensorsWriter text;
    text.set_metadata("path", "a\xFF");
    NCA_CHECK_MESSAGE_HAS(message(text), "metadata 'path' is not valid UTF-8");
}

TEST_CASE("setting metadata again replaces the value in place") {
    SafetensorsWriter writer;
    writer.set_metadata("a", "1").set_metadata("b", "2").set_metadata("a", "3");
    const auto bytes = writer.to_bytes();
    REQUIRE(bytes.ok());
    NCA_CHECK_MESSAGE_HAS(nca::as_text(*bytes), R"({"a":"3","b":"2"})");
}

TEST_CASE("a file on disk is written atomically, owns its bytes when read, and is named in errors") {
    const nca::tests::TemporaryFolder folder;
    const std::string path = folder.file("m.safetensors");
    const std::vector<float> weight{1.0F, 2.0F};
    const std::vector<std::uint64_t> seed{18446744073709551615U};
    const std::vector<std::int32_t> steps{-8};
    SafetensorsWriter writer;
    writer.add("weight", {1, 2}, weight).add("seed", {1}, seed).add("steps", {1}, steps);
    REQUIRE(nca::write_safetensors(path, writer).ok());
    CHECK(folder.count() == 1);
    auto read = nca::read_safetensors(path);
    REQUIRE_MESSAGE(read.ok(), read.error().message);
    SafetensorsFile file = std::move(*read);
    CHECK(*file.to_floats("weight", {1, 2}) == weight);
    CHECK(*file.to_vector<std::uint64_t>("seed", {1}) == seed);
    CHECK(*file.to_vector<std::int32_t>("steps", {1}) == steps);
    NCA_CHECK_MESSAGE_HAS(refusal(file.to_floats("bias", {1})), "m.safetensors': has no tensor 'bias'");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::read_safetensors(folder.file("none"))), "none': no such file");
    writer.add("weight", {2}, weight);
    NCA_CHECK_MESSAGE_HAS(refusal(nca::write_safetensors(path, writer)),
                          "m.safetensors': tensor 'weight' was added twice");
    CHECK(nca::read_safetensors(path).ok());
}

TEST_CASE("a tensor from another file is copied unchanged") {
    const std::vector<std::byte> bytes = sample();
    const auto file = parse_safetensors(bytes);
    REQUIRE(file.ok());
    SafetensorsWriter writer;
    for (const auto& [key, text] : file->metadata()) writer.set_metadata(key, text);
    for (const nca::StoredTensor& tensor : file->tensors()) writer.add(tensor);
    CHECK(*writer.to_bytes() == bytes);
}

TEST_CASE("the published safetensors files can be read") {
    struct Case {
        const char* file;
        const char* tensor;
        std::vector<std::size_t> shape;
    };
    const Case cases[] = {
        {"growing/published/ex3_lizard.safetensors", "perceive_to_hidden.weight", {128, 48}},
        {"mnist/mnist_l2_noise_mutating.safetensors", "", {}},
        {"textures/published/interlaced_0172.safetensors", "", {}},
        {"adversarial/golden.safetensors", "", {}},
        {"weights/squeezenet1_1_fp16.safetensors", "", {}},
        {"weights/vgg19_distilled_16x_relu5_1_fp16.safetensors", "", {}},
    };
    for (const Case& c : cases) {
        const auto path = nca::tests::data_file(c.file);
        if (!path) continue;
        const auto file = nca::read_safetensors(path->string());
        REQUIRE_MESSAGE(file.ok(), file.error().message);
        CHECK_FALSE(file->tensors().empty());
        if (*c.tensor != '\0') CHECK(file->to_finite_floats(c.tensor, c.shape).ok());
        for (const nca::StoredTensor& tensor : file->tensors()) {
            if (tensor.dtype != nca::Dtype::f32 && tensor.dtype != nca::Dtype::f16) continue;
            CHECK(file->to_finite_floats(tensor.name, tensor.shape).ok());
        }
    }
}

TEST_CASE("what the reference implementation reads is read: null metadata, white space, any rank") {
    CHECK(nca::parse_safetensors(file_of(R"({"__metadata__":null})", 0)).ok());
    CHECK(nca::parse_safetensors(file_of(" \n{} ", 0)).ok());
    std::string ones = "1";
    for (int i = 0; i < 99; ++i) ones += ",1";
    CHECK(nca::parse_safetensors(file_of(R"({"a":{"dtype":"F32","shape":[)" + ones + R"(],"data_offsets":[0,4]}})", 4))
              .ok());
}

TEST_CASE("a tensor of a dtype that only others know does not matter to those that do not ask for it") {
    const auto bytes = file_of(R"({"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},)"
                               R"("b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                               8);
    const auto file = nca::parse_safetensors(bytes);
    REQUIRE(file.ok());
    CHECK(file->to_floats("b", {1}).ok());
    REQUIRE(file->find("a") != nullptr);
    CHECK(file->find("a")->dtype_text() == "F8_E4M3");
    CHECK(file->find("a")->size() == 4);
    NCA_CHECK_MESSAGE_HAS(refusal(file->to_floats("a", {4})), "found F8_E4M3");
    NCA_CHECK_MESSAGE_HAS(refusal(file->to_vector<std::uint8_t>("a", {4})), "found F8_E4M3");
    nca::SafetensorsWriter writer;
    writer.add(*file->find("a"));
    std::string header;
    NCA_CHECK_MESSAGE_HAS(refusal(writer.parts(header)), "tensor 'a'");
    // Its bytes still have to lie within the data, beside those of the others.
    NCA_CHECK_MESSAGE_HAS(
        refusal(nca::parse_safetensors(file_of(R"({"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,9]}})", 8))),
        "truncated?");
}
