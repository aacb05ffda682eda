// SPDX-License-Identifier: Apache-2.0
#include "mnist_files.hpp"

#include <nca/core/text.hpp>

#include <array>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace support {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

// How a data set names a file: "train-images" and "idx3-ubyte".
struct Name {
    std::string stem;
    const char* type;

    [[nodiscard]] std::string packed() const { return stem + "-" + type + ".gz"; }
    // As the web sites name it, and as archives and their extractors do.
    [[nodiscard]] std::array<std::string, 4> variants() const {
        const std::string dashed = stem + "-" + type;
        const std::string dotted = stem + "." + type;
        return {dashed + ".gz", dashed, dotted + ".gz", dotted};
    }
};

struct Naming {
    Name images;
    Name labels;
    bool transposed = false;
};

std::vector<Naming> namings(bool train) {
    const std::string mnist = train ? "train" : "t10k";
    const std::string other = train ? "train" : "test";
    std::vector<Naming> all;
    const auto add = [&all](const std::string& set, const char* label_type, bool transposed) {
        all.push_back({{set + "-images", "idx3-ubyte"}, {set + "-labels", label_type}, transposed});
    };
    add(mnist, "idx1-ubyte", false);
    add("emnist-digits-" + other, "idx1-ubyte", true);
    add("emnist-mnist-" + other, "idx1-ubyte", true);
    add("qmnist-" + other, "idx2-int", false);
    return all;
}

constexpr std::array<const char*, 4> places{"", "raw", "gzip", "MNIST/raw"};
constexpr std::array<const char*, 4> places_of_others{"EMNIST/raw", "QMNIST/raw", "FashionMNIST/raw", "KMNIST/raw"};

// The file of this name, or one in a folder of this name.
std::optional<fs::path> find(const fs::path& place, const Name& name) {
    const auto variants = name.variants();
    for (const std::string& variant : variants) {
        if (is_file(place / variant)) return place / variant;
    }
    for (const std::string& outer : variants) {
        if (!is_folder(place / outer)) continue;
        for (const std::string& inner : variants) {
            if (is_file(place / outer / inner)) return place / outer / inner;
        }
    }
    return std::nullopt;
}

// A file whose partner is missing.
struct Half {
    fs::path found;
    Name missing;
};

class Search {
public:
    Search(fs::path folder, bool train) : folder_{std::move(folder)}, namings_{namings(train)} {}

    // The files in one place; nothing if it holds no pair.
    std::optional<DigitFiles> in(const char* place) {
        for (const Naming& naming : namings_) {
            const auto images = find(folder_ / place, naming.images);
            const auto labels = find(folder_ / place, naming.labels);
            if (images && labels) return DigitFiles{*images, *labels, naming.transposed};
            if (half_ || (!images && !labels)) continue;
            half_ = images ? Half{*images, naming.labels} : Half{*labels, naming.images};
        }
        return std::nullopt;
    }

    [[nodiscard]] std::string what_is_missing() const {
        if (half_) return "no file '" + half_->missing.packed() + "' beside " + nca::quote_path(half_->found.string());
        std::string text =
            "no file '" + namings_.front().images.packed() + "' in the folder " + nca::quote_path(folder_.string());
        for (std::size_t i = 1; i < namings_.size(); ++i) text += ", nor '" + namings_[i].images.packed() + "'";
        text += ", nor one of these without '.gz', with '.idx' instead of '-idx', or in a folder of its name; nor in";
        for (const char* const place : places) {
            if (*place != '\0') text += std::string{" "} + place + ",";
        }
        for (const char* const place : places_of_others) text += std::string{" "} + place + ",";
        text.pop_back();
        return text;
    }

private:
    fs::path folder_;
    std::vector<Naming> namings_;
    std::optional<Half> half_{};
};

} // namespace

nca::Result<DigitFiles> find_digit_files(const std::filesystem::path& folder, bool train) {
    if (is_file(folder)) return nca::Error{nca::quote_path(folder.string()) + " is a file, not a folder of files"};
    Search search{folder, train};
    for (const char* const place : places) {
        if (auto files = search.in(place)) return *files;
    }
    std::optional<DigitFiles> found;
    const char* first = nullptr;
    for (const char* const place : places_of_others) {
        const auto files = search.in(place);
        if (!files) continue;
        if (found) {
            return nca::Error{"the folder " + nca::quote_path(folder.string()) + " holds several data sets, " + first +
                              " and " + place + ": name the folder of one of them"};
        }
        found = files;
        first = place;
    }
    if (found) return *found;
    return nca::Error{search.what_is_missing()};
}

} // namespace support
