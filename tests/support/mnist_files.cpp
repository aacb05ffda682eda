// SPDX-License-Identifier: Apache-2.0
// Folders of digits as popular downloads leave them.
#include "idx_files.hpp"

#include <common/data.hpp>
#include <support/mnist_data.hpp>
#include <support/mnist_files.hpp>

namespace {

// Two digits, an ink of 255 in row 2, column 5 of each; `transposed` as EMNIST stores them.
std::string two_images(bool transposed = false) {
    std::string file = idx({2051, 2, 28, 28}, '\0', 2 * 784);
    for (const std::size_t image : {0U, 784U}) file[16 + image + (transposed ? 5 * 28 + 2 : 2 * 28 + 5)] = '\xFF';
    return file;
}

std::string two_labels(char label) {
    return idx({2049, 2}, label, 2);
}

// QMNIST's labels: records of eight numbers.
std::string two_records() {
    std::string file = idx({0x0C02, 2, 8}, '\0', 64);
    for (const std::size_t at : {12U, 44U}) {
        file[at + 3] = '\x07';
        file[at + 7] = '\x09';
    }
    return file;
}

void put(const Scratch& scratch, const std::string& name, const std::string& content) {
    const auto path = scratch / name.c_str();
    std::filesystem::create_directories(path.parent_path());
    write_bytes(path, bytes_of(content));
}

// Both files of a set in the folder, under these names.
void put_pair(const Scratch& scratch, const std::string& images, const std::string& labels, char label = '\x03',
              bool transposed = false) {
    put(scratch, images, two_images(transposed));
    put(scratch, labels, two_labels(label));
}

void check_found(const Scratch& scratch, bool train, int label) {
    const auto digits = support::load_digits(scratch.folder().string(), train);
    REQUIRE_MESSAGE(digits.ok(), digits.error().message);
    CHECK(digits->count == 2);
    CHECK(digits->labels == std::vector<std::uint8_t>(2, static_cast<std::uint8_t>(label)));
    for (int i = 0; i < 2; ++i) {
        CHECK(digits->image(i)[2 * 28 + 5] == 1.0F);
        CHECK(digits->image(i)[5 * 28 + 2] == 0.0F);
    }
}

std::string refusal(const Scratch& scratch) {
    const auto digits = support::load_digits(scratch.folder().string(), false);
    REQUIRE_FALSE(digits.ok());
    CHECK_FALSE(contains(digits.error().message, "\n"));
    return digits.error().message;
}

} // namespace

TEST_CASE("digit files: names of web sites, archives and extractors, for training and test set") {
    const char* const forms[][2] = {{"-images-idx3-ubyte", "-labels-idx1-ubyte"},
                                    {"-images-idx3-ubyte.gz", "-labels-idx1-ubyte.gz"},
                                    {"-images.idx3-ubyte", "-labels.idx1-ubyte"},
                                    {"-images.idx3-ubyte.gz", "-labels.idx1-ubyte.gz"},
                                    {"-images-idx3-ubyte.gz", "-labels.idx1-ubyte"}};
    for (const auto& [images, labels] : forms) {
        for (const bool train : {false, true}) {
            const std::string set = train ? "train" : "t10k";
            const Scratch scratch;
            put_pair(scratch, set + images, set + labels);
            const std::string file = set + images;
            INFO(file);
            check_found(scratch, train, 3);
            CHECK_FALSE(support::load_digits(scratch.folder().string(), !train).ok());
        }
    }
}

TEST_CASE("digit files: a folder of a file's name is not the file, but may hold it") {
    for (const char* inner : {"t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte", "t10k-images-idx3-ubyte.gz"}) {
        for (const char* outer : {"t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte", "t10k-images-idx3-ubyte.gz"}) {
            const Scratch scratch;
            put_pair(scratch, std::string{outer} + "/" + inner, "t10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte");
            check_found(scratch, false, 3);
        }
    }
    const Scratch beside;
    std::filesystem::create_directories(beside / "t10k-images-idx3-ubyte");
    std::filesystem::create_directories(beside / "t10k-labels-idx1-ubyte.gz");
    CHECK(contains(refusal(beside), "no file 't10k-images-idx3-ubyte.gz'"));
    put_pair(beside, "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte");
    check_found(beside, false, 3);
}

TEST_CASE("digit files: folders of torchvision") {
    for (const char* place : {"raw/", "MNIST/raw/", "FashionMNIST/raw/", "KMNIST/raw/"}) {
        const Scratch scratch;
        put_pair(scratch, std::string{place} + "t10k-images-idx3-ubyte", std::string{place} + "t10k-labels-idx1-ubyte");
        check_found(scratch, false, 3);
    }
}

TEST_CASE("digit files: EMNIST stores images column by column") {
    for (const std::string place : {"", "gzip/", "raw/", "EMNIST/raw/"}) {
        for (const std::string split : {"digits", "mnist"}) {
            for (const bool train : {false, true}) {
                const std::string stem = place + "emnist-" + split + (train ? "-train" : "-test");
                const Scratch scratch;
                put_pair(scratch, stem + "-images-idx3-ubyte.gz", stem + "-labels-idx1-ubyte.gz", '\x03', true);
                INFO(stem);
                check_found(scratch, train, 3);
            }
        }
    }
}

TEST_CASE("digit files: QMNIST's labels are the first numbers of records") {
    for (const std::string place : {"", "raw/", "QMNIST/raw/"}) {
        const Scratch scratch;
        put(scratch, place + "qmnist-test-images-idx3-ubyte", two_images());
        put(scratch, place + "qmnist-test-labels-idx2-int", two_records());
        check_found(scratch, false, 7);
    }
}

TEST_CASE("digit files: MNIST goes first, and several others are refused") {
    const Scratch scratch;
    put_pair(scratch, "KMNIST/raw/t10k-images-idx3-ubyte", "KMNIST/raw/t10k-labels-idx1-ubyte", '\x01');
    check_found(scratch, false, 1);
    put_pair(scratch, "FashionMNIST/raw/t10k-images-idx3-ubyte", "FashionMNIST/raw/t10k-labels-idx1-ubyte", '\x02');
    const std::string message = refusal(scratch);
    CHECK(contains(message, "KMNIST/raw"));
    CHECK(contains(message, "FashionMNIST/raw"));
    put_pair(scratch, "MNIST/raw/t10k-images-idx3-ubyte", "MNIST/raw/t10k-labels-idx1-ubyte", '\x05');
    check_found(scratch, false, 5);
}

TEST_CASE("digit files: what is missing is told with the names that were looked for") {
    const Scratch scratch;
    for (const char* part : {"'t10k-images-idx3-ubyte.gz'", "'emnist-digits-test-images-idx3-ubyte.gz'",
                             "'qmnist-test-images-idx3-ubyte.gz'", "MNIST/raw", "EMNIST/raw", "--data"}) {
        CHECK(contains(refusal(scratch), part));
    }
    put(scratch, "raw/emnist-digits-test-labels-idx1-ubyte", two_labels('\x03'));
    CHECK(contains(refusal(scratch), "no file 'emnist-digits-test-images-idx3-ubyte.gz' beside"));

    put(scratch, "t10k-images-idx3-ubyte.gz", two_images());
    const std::string file = (scratch / "t10k-images-idx3-ubyte.gz").string();
    const auto digits = support::load_digits(file, false);
    REQUIRE_FALSE(digits.ok());
    CHECK(contains(digits.error().message, "is a file"));
}

TEST_CASE("digit files: the folder of a reported case") {
    const auto folder = nca::tests::case_file("mnist_kaggle");
    if (!folder) return;
    const auto digits = support::load_digits(folder->string(), false);
    REQUIRE_MESSAGE(digits.ok(), digits.error().message);
    CHECK(digits->count == 60);
}
