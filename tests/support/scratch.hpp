// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TESTS_SUPPORT_SCRATCH_HPP
#define NCA_TESTS_SUPPORT_SCRATCH_HPP

#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <support/image.hpp>
#include <unistd.h>

/// A folder of a test's own, removed with all that it holds.
class Scratch {
public:
    Scratch() {
        static std::atomic<int> count{0};
        folder_ = std::filesystem::temp_directory_path() /
                  ("nca_support_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
        std::filesystem::create_directories(folder_);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    [[nodiscard]] std::filesystem::path operator/(const char* name) const { return folder_ / name; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] std::ptrdiff_t files() const {
        return std::distance(std::filesystem::directory_iterator{folder_}, std::filesystem::directory_iterator{});
    }

private:
    std::filesystem::path folder_;
};

inline void write_bytes(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    std::ofstream{path, std::ios::binary}.write(reinterpret_cast<const char*>(bytes.data()),
                                                static_cast<std::streamsize>(bytes.size()));
}

inline std::vector<std::byte> bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// A picture of irregular colours and alpha, a fifth of it transparent; the numbers in tests/support/resample.cpp were
/// computed from the same formula.
inline support::Image irregular_picture(int width, int height) {
    support::Image image{width, height};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            std::uint8_t* pixel = image.at(x, y);
            for (int c = 0; c < 3; ++c) pixel[c] = static_cast<std::uint8_t>(x * 37 + y * 61 + c * 101 + x * y * 7);
            pixel[3] = (x + y) % 5 == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(x * 53 + y * 29);
        }
    return image;
}

#endif // NCA_TESTS_SUPPORT_SCRATCH_HPP
