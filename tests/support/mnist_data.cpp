// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#include "idx_files.hpp"

#include <doctest/doctest.h>

#include <array>
#include <common/data.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <support/mnist_data.hpp>
#include <vector>

namespace {

using nca::mnist::Digits;

const std::string three_pictures = idx({2051, 3, 28, 28}, '\xFF', 3 * 784);
const std::string three_labels = idx({2049, 3}, '\x04', 3);

/// A folder with a test set of three digits in files of these contents.
struct DataFolder {
    Scratch scratch{};
    explicit DataFolder(const std::string& pictures = three_pictures, const std::string& labels = three_labels,
                        const std::string& ending = "") {
        write_bytes(scratch / ("t10k-images-idx3-ubyte" + ending).c_str(), bytes_of(pictures));
        write_bytes(scratch / ("t10k-labels-idx1-ubyte" + ending).c_str(), bytes_of(labels));
    }
    [[nodiscard]] nca::Result<Digits> load() const { return support::load_digits(scratch.folder().string(), false); }
    [[nodiscard]] std::string refusal() const {
        const auto digits = load();
        REQUIRE_FALSE(digits.ok());
        CHECK_FALSE(contains(digits.error().message, "\n"));
        return digits.error().message;
    }
};

/// A variable of the environment during a test.
class Variable {
public:
    Variable(const char* name, const std::string& value) : name_{name} {
        if (const char* const before = std::getenv(name)) before_ = before;
        ::setenv(name, value.c_str(), 1);
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }

private:
    const char* name_;
    std::optional<std::string> before_{};
};

} // namespace

TEST_CASE("digits are read from raw and from gzipped files alike") {
    for (const bool packed : {false, true}) {
        const DataFolder folder{packed ? gzipped(three_pictures) : three_pictures,
                                packed ? gzipped(three_labels) : three_labels, packed ? ".gz" : ""};
        const auto digits = folder.load();
        REQUIRE_MESSAGE(digits.ok(), digits.error().message);
        CHECK(digits->count == 3);
        CHECK(digits->labels == std::vector<std::uint8_t>{4, 4, 4});
        CHECK(digits->grey == std::vector<float>(3 * 784, 1.0F));
        CHECK(digits->image(2).data() == digits->grey.data() + 2 * 784);
    }
}

TEST_CASE("gzipped digits are recognised by content, whatever the name") {
    CHECK(DataFolder(gzipped(three_pictures), three_labels).load().ok());
    CHECK(DataFolder(three_pictures, three_labels, ".gz").load().ok());
}

TEST_CASE("the folder comes from the argument, else from NCA_MNIST, else from NCA_DATA") {
    const DataFolder folder;
    const Scratch empty;
    {
        const Variable mnist{"NCA_MNIST", folder.scratch.folder().string()};
        const Variable data{"NCA_DATA", empty.folder().string()};
        CHECK(support::load_digits("", false).ok());
        CHECK_FALSE(support::load_digits(empty.folder().string(), false).ok());
    }
    const Variable mnist{"NCA_MNIST", ""};
    const Variable data{"NCA_DATA", empty.folder().string()};
    CHECK_FALSE(support::load_digits("", false).ok());
    std::filesystem::copy(folder.scratch.folder(), empty / "mnist");
    CHECK(support::load_digits("", false).ok());
}

TEST_CASE("the message about a missing file names its source and the option for its folder") {
    for (const bool train : {false, true}) {
        const auto digits = support::load_digits("no/such/folder", train);
        REQUIRE_FALSE(digits.ok());
        const std::string& message = digits.error().message;
        INFO(message);
        CHECK(contains(message, train ? "'train-images-idx3-ubyte.gz'" : "'t10k-images-idx3-ubyte.gz'"));
        for (const char* part : {"'no/such/folder'", "https://", "--data", "NCA_MNIST"}) CHECK(contains(message, part));
    }
    const DataFolder half;
    std::filesystem::remove(half.scratch / "t10k-labels-idx1-ubyte");
    CHECK(contains(half.refusal(), "no file 't10k-labels-idx1-ubyte.gz'"));
}

TEST_CASE("packed files that are cut, altered or followed by something are refused with their name") {
    const std::string packed = gzipped(three_pictures);
    const std::string labels = gzipped(three_labels);
    const auto check = [&](const std::string& content, const char* part) {
        const std::string message = DataFolder(content, labels, ".gz").refusal();
        INFO(message);
        CHECK(contains(message, "t10k-images-idx3-ubyte.gz'"));
        CHECK(contains(message, part));
    };
    for (const std::size_t length : {std::size_t{2}, std::size_t{9}, packed.size() / 2, packed.size() - 1}) {
        check(packed.substr(0, length), "is truncated");
    }
    std::string altered = packed;
    altered[packed.size() - 6] ^= 1; // of the checksum
    check(altered, "is damaged");
    altered = packed;
    altered[3] = '\xFF';
    check(altered, "is damaged");
    check(packed + "x", "bytes after the compressed data");
    check(gzipped(three_pictures.substr(0, 500)), "its header announces 2352 bytes of images, found 484");
}

TEST_CASE("packed data of several parts is one, and its size is limited") {
    const std::string text(100'000, 'a');
    const auto both = support::gunzip(bytes_of(gzipped(text) + gzipped("b")), "both");
    REQUIRE_MESSAGE(both.ok(), both.error().message);
    CHECK(*both == bytes_of(text + "b"));
    CHECK(support::gunzip(bytes_of(gzipped(text)), "exact", text.size()).ok());
    const auto large = support::gunzip(bytes_of(gzipped(text)), "large", text.size() - 1);
    REQUIRE_FALSE(large.ok());
    CHECK(contains(large.error().message, "'large' decompresses to more than 99999 bytes"));
}

TEST_CASE("labels that do not match the images, and images of another kind, are refused") {
    CHECK(contains(DataFolder(three_pictures, idx({2049, 4}, '\x04', 4)).refusal(),
                   "the labels do not match the images: 4 labels for 3 images"));
    CHECK(contains(DataFolder(three_pictures, idx({2049, 3}, '\x0A', 3)).refusal(), "label 0 is 10"));
    CHECK(contains(DataFolder(idx({2051, 3, 28, 27}, 'a', 3 * 28 * 27)).refusal(), "found 28 x 27"));
    CHECK(contains(DataFolder(three_labels, three_labels).refusal(), "found the magic number 2049"));
}

TEST_CASE("the original files hold what is known of them") {
    const auto folder = nca::tests::data_file("mnist/t10k-images-idx3-ubyte.gz");
    if (!folder) return;
    struct Set {
        bool train;
        int count;
        std::array<int, 10> of_class;
        double mean;
    };
    const Set sets[] = {{true, 60000, {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}, 0.13066},
                        {false, 10000, {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}, 0.13251}};
    for (const Set& set : sets) {
        const auto digits = support::load_digits(folder->parent_path().string(), set.train);
        REQUIRE_MESSAGE(digits.ok(), digits.error().message);
        CHECK(digits->count == set.count);
        CHECK(digits->grey.size() == static_cast<std::size_t>(set.count) * 784);
        std::array<int, 10> of_class{};
        for (const std::uint8_t label : digits->labels) ++of_class[label];
        CHECK(of_class == set.of_class);
        double total = 0.0;
        for (const float grey : digits->grey) total += static_cast<double>(grey);
        CHECK(total / static_cast<double>(digits->grey.size()) == doctest::Approx(set.mean).epsilon(1e-4));
    }
}
