// SPDX-License-Identifier: Apache-2.0
#include "target.hpp"

#include "builtin_targets.hpp"
#include "emoji.hpp"
#include "render.hpp"
#include "resample.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace support {
namespace {

constexpr int max_target_side = 4096; // with its padding

// A name that can be part of a file name on every system.
std::string plain_name(std::string_view text) {
    std::string name;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        name += byte < 0x80 && (std::isalnum(byte) != 0 || c == '_' || c == '-' || c == '.') ? c : '_';
    }
    return name;
}

// "u1f1eb_1f1f7", as the files of the Noto drawings are named.
std::string emoji_name(std::u32string_view sequence) {
    std::string name{"u"};
    for (const char c : code_point_names(sequence).substr(2)) {
        if (c == ' ') name.push_back('_');
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 || c == 'U') continue; // " U+"
        name.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    }
    return name;
}

} // namespace

std::vector<std::string> builtin_target_names() {
    std::vector<std::string> names;
    for (const auto& builtin : builtin_targets) names.emplace_back(builtin.name);
    return names;
}

nca::Result<Target> make_target(Image image, std::string_view name, int size, int padding) {
    if (size < 1) return nca::Error{"the size of a target must be at least 1, not " + std::to_string(size)};
    if (padding < 0)
        return nca::Error{"the padding of a target must not be negative, but is " + std::to_string(padding)};
    if (image.width < 1 || image.height < 1) return nca::Error{"target " + nca::quote_path(name) + " has no pixels"};
    // Measured before the image is shrunk, so that a refusal costs nothing; sums of int could overflow.
    const long long longest = std::min(std::max(image.width, image.height), size);
    if (longest + 2LL * padding > max_target_side) {
        return nca::Error{"target " + nca::quote_path(name) + " would be " + std::to_string(longest + 2LL * padding) +
                          " cells long with its padding, more than the limit of " + std::to_string(max_target_side)};
    }

    image = shrink_to_fit(std::move(image), size);
    Image padded{image.width + 2 * padding, image.height + 2 * padding};
    paste(padded, image, padding, padding);
    Target target{std::string{name}, padded.height, padded.width, {}};
    target.rgba.reserve(padded.rgba.size());
    bool visible = false;
    for (std::size_t i = 0; i < padded.rgba.size(); i += 4) {
        const float alpha = static_cast<float>(padded.rgba[i + 3]) / 255.0F;
        for (std::size_t c = i; c < i + 3; ++c)
            target.rgba.push_back(static_cast<float>(padded.rgba[c]) / 255.0F * alpha);
        target.rgba.push_back(alpha);
        visible = visible || alpha > 0.0F;
    }
    if (!visible)
        return nca::Error{"target " + nca::quote_path(name) + " is fully transparent: there is nothing to grow"};
    return target;
}

nca::Result<Target> load_target(std::string_view spec, int size, int padding) {
    const auto target = [&](nca::Result<Image> image, std::string_view name) {
        return std::move(image).and_then(
            [&](Image found) { return make_target(std::move(found), name, size, padding); });
    };
    for (const auto& builtin : builtin_targets)
        if (spec == builtin.name) return target(decode_image(std::as_bytes(builtin.bytes), spec), spec);

    const std::filesystem::path path{spec};
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return target(read_image(path), plain_name(path.stem().string()));

    if (const auto sequence = emoji_sequence(spec)) {
        auto image = emoji_image(*sequence);
        if (!image) return nca::Error{nca::quote_path(spec) + " is not a file, and " + image.error().message};
        return target(std::move(image), emoji_name(*sequence));
    }
    std::string known;
    for (const auto& builtin : builtin_targets) known += (known.empty() ? "" : ", ") + std::string{builtin.name};
    return nca::Error{"no target " + nca::quote_path(spec) +
                      ": it is neither a file, nor an emoji, nor one of the built-in " + known};
}

} // namespace support
