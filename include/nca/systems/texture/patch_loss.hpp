// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_PATCH_LOSS_HPP
#define NCA_SYSTEMS_TEXTURE_PATCH_LOSS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/hash.hpp>
#include <nca/core/memory.hpp>
#include <nca/core/result.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/image/sliced_transport.hpp>
#include <nca/systems/texture/image_loss.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::texture::inline NCA_ISA {

namespace isa_detail {

/// exp(-d^2 / 2) at the distances 0, 1 and 2, normalised so that the five taps sum to 1.
inline constexpr std::array<float, 3> gaussian{0.4026200F, 0.2442013F, 0.0544887F};

/// Calls visit(to, from, weight) for every pair of values that a blur along one axis connects.
template <class Visit>
NCA_INLINE void for_each_tap(int height, int width, bool vertical, Visit&& visit) {
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const std::ptrdiff_t to = (static_cast<std::ptrdiff_t>(y) * width + x) * 3;
            for (int d = -2; d <= 2; ++d) {
                const int row = vertical ? reflected(y + d, height) : y;
                const int column = vertical ? x : reflected(x + d, width);
                const std::ptrdiff_t from = (static_cast<std::ptrdiff_t>(row) * width + column) * 3;
                const float weight = gaussian[static_cast<std::size_t>(d < 0 ? -d : d)];
                for (int c = 0; c < 3; ++c) visit(to + c, from + c, weight);
            }
        }
    }
}

/// Calls visit(to, from) for every value that halving keeps.
template <class Visit>
void for_each_kept(int height, int width, Visit&& visit) {
    std::size_t to = 0;
    for (int y = 0; y < height; y += 2) {
        for (int x = 0; x < width; x += 2) {
            const auto from = static_cast<std::size_t>((static_cast<std::ptrdiff_t>(y) * width + x) * 3);
            for (std::size_t c = 0; c < 3; ++c) visit(to++, from + c);
        }
    }
}

} // namespace isa_detail

/// Overwrites `to` with the image, blurred by a 5-tap Gaussian with a standard deviation of 1 and reflecting borders.
/// `rows`: scratch memory of at least the image's size. Precondition: at least three pixels along each side.
inline void blur(std::span<const float> image, int height, int width, std::span<float> rows, std::span<float> to) {
    std::fill_n(rows.begin(), image.size(), 0.0F);
    std::fill(to.begin(), to.end(), 0.0F);
    const auto add = [](float* sum, const float* from) {
        return [=](std::ptrdiff_t t, std::ptrdiff_t f, float weight) { sum[t] += weight * from[f]; };
    };
    isa_detail::for_each_tap(height, width, false, add(rows.data(), image.data()));
    isa_detail::for_each_tap(height, width, true, add(to.data(), rows.data()));
}

/// The pullback of blur: adds to `image_adjoint`.
inline void blur_pullback(std::span<const float> adjoint, int height, int width, std::span<float> rows,
                          std::span<float> image_adjoint) {
    std::fill_n(rows.begin(), adjoint.size(), 0.0F);
    const auto add = [](const float* of, float* sum) {
        return [=](std::ptrdiff_t t, std::ptrdiff_t f, float weight) { sum[f] += weight * of[t]; };
    };
    isa_detail::for_each_tap(height, width, true, add(adjoint.data(), rows.data()));
    isa_detail::for_each_tap(height, width, false, add(rows.data(), image_adjoint.data()));
}

/// Overwrites `to` with every second pixel of every second row, [(height + 1) / 2, (width + 1) / 2, 3].
inline void halve(std::span<const float> image, int height, int width, std::span<float> to) {
    isa_detail::for_each_kept(height, width, [&](std::size_t kept, std::size_t from) { to[kept] = image[from]; });
}

/// The pullback of halve: adds to `image_adjoint`.
inline void halve_pullback(std::span<const float> adjoint, int height, int width, std::span<float> image_adjoint) {
    isa_detail::for_each_kept(height, width,
                              [&](std::size_t kept, std::size_t to) { image_adjoint[to] += adjoint[kept]; });
}

/// The distance between the patches of an image and those of a target at several scales, without a network (the loss of
/// the muNCA notebook, with sliced transport in place of its Sinkhorn distance).
///
/// The levels are a Gaussian pyramid down to 8 pixels. Each level is sharpened, x + 2 (x - blur(x)), and cut into
/// patches of 5 x 5 pixels. The loss sums over the levels half the mean squared distance of the optimal transport
/// between 1024 patches, sampled by draw(), and those of the target.
class PatchLoss final : public ImageLoss {
public:
    static constexpr int patch_side = 5;

    /// The loss of images of height x width pixels, which may differ from the target's size. Errors: the target or the
    /// images are smaller than a patch.
    [[nodiscard]] static Result<PatchLoss> create(const Image& target, int height, int width, int directions = 32) {
        const auto& extents = target.extents();
        for (const int side : {extents[0], extents[1], height, width}) {
            if (side < patch_side) {
                return Error{"patches of " + std::to_string(patch_side) + " x " + std::to_string(patch_side) +
                             " pixels need images of at least that size, not of " + std::to_string(side)};
            }
        }
        return PatchLoss{target, height, width, directions};
    }

    [[nodiscard]] std::string identity() const override { return "transport of patches, target " + target_; }
    [[nodiscard]] std::unique_ptr<Scratch> make_scratch() const override { return std::make_unique<Memory>(levels_); }

    void draw(const Philox& random, const ExecutorRef& executor) override {
        executor.run(static_cast<int>(levels_.size()), [&](int index) {
            Level& level = levels_[static_cast<std::size_t>(index)];
            const Philox of_level = random.split(static_cast<std::uint32_t>(index));
            level.transport.draw(of_level.split(0));
            // The first steps of a Fisher-Yates shuffle.
            const Philox picks = of_level.split(1);
            std::vector<std::int32_t> all(static_cast<std::size_t>(level.positions()));
            std::iota(all.begin(), all.end(), 0);
            for (std::size_t i = 0; i < level.chosen.size(); ++i) {
                const auto rest = static_cast<std::uint32_t>(all.size() - i);
                std::swap(all[i], all[i + picks.below(i, rest)]);
                level.chosen[i] = all[i];
            }
        });
    }

    [[nodiscard]] double evaluate(std::span<const float> image, std::span<float> gradient,
                                  Scratch& scratch) const override {
        auto& memory = static_cast<Memory&>(scratch);
        std::copy(image.begin(), image.end(), memory.images[0].begin());
        double total = 0.0;
        for (std::size_t l = 0; l < levels_.size(); ++l) {
            const Level& level = levels_[l];
            std::vector<float>& own = memory.images[l];
            std::vector<float>& blurred = memory.blurred[l];
            blur(own, level.height, level.width, memory.rows, blurred);
            if (l + 1 < levels_.size()) halve(blurred, level.height, level.width, memory.images[l + 1]);
            sharpen(own, blurred);
            for_each_value(level.width, level.chosen,
                           [&](std::size_t pixel, std::size_t patch) { memory.patches[patch] = own[pixel]; });
            const auto count = static_cast<int>(level.chosen.size());
            const image::FeatureMaps<const float> patches{memory.patches.data(), count, 1, values, stride};
            const image::FeatureMaps<float> adjoint{gradient.empty() ? nullptr : memory.adjoints.data(), count, 1,
                                                    values, stride};
            total += level.transport(patches, adjoint, memory.transport);
            if (gradient.empty()) continue;
            std::fill(own.begin(), own.end(), 0.0F);
            for_each_value(level.width, level.chosen,
                           [&](std::size_t pixel, std::size_t patch) { own[pixel] += memory.adjoints[patch]; });
        }
        if (!gradient.empty()) pull_back(memory, gradient);
        return total;
    }

private:
    /// Values of a patch, and the stride between patches.
    static constexpr int values = patch_side * patch_side * 3;
    static constexpr int stride = padded(values);
    static constexpr int max_levels = 5;
    static constexpr int min_side = 8;
    static constexpr int max_patches = 1024;

    struct Level {
        int height;
        int width;
        image::SlicedTransport<float> transport;
        std::vector<std::int32_t> chosen; ///< row-major positions of the sampled patches

        [[nodiscard]] int positions() const noexcept { return (height - patch_side + 1) * (width - patch_side + 1); }
    };

    struct Memory final : Scratch {
        explicit Memory(const std::vector<Level>& levels) {
            for (const Level& level : levels) images.emplace_back(size(level.height, level.width));
            blurred = images;
            rows = images.front();
        }

        std::vector<std::vector<float>> images{};  ///< of the levels, then sharpened, then the adjoints of the latter
        std::vector<std::vector<float>> blurred{}; ///< of the levels, then their adjoints
        std::vector<float> rows{};
        AlignedArray<float> patches{std::size_t{max_patches} * stride};
        AlignedArray<float> adjoints{std::size_t{max_patches} * stride};
        image::SlicedTransport<float>::Workspace transport{};
    };

    PatchLoss(const Image& target, int height, int width, int directions)
        : ImageLoss{height, width}, target_{fingerprint(target.values())} {
        int target_height = target.extents()[0];
        int target_width = target.extents()[1];
        std::vector<float> own(target.values().begin(), target.values().end());
        std::vector<float> rows(own.size());
        const auto large_enough = [](int a, int b) { return std::min(a, b) >= min_side; };
        for (int l = 0; l < max_levels; ++l) {
            std::vector<float> blurred(own.size());
            blur(own, target_height, target_width, rows, blurred);
            std::vector<float> next(size((target_height + 1) / 2, (target_width + 1) / 2));
            halve(blurred, target_height, target_width, next);
            sharpen(own, blurred);
            const int places = (target_height - patch_side + 1) * (target_width - patch_side + 1);
            std::vector<std::int32_t> all(static_cast<std::size_t>(places));
            std::iota(all.begin(), all.end(), 0);
            AlignedArray<float> patches(all.size() * stride);
            for_each_value(target_width, all,
                           [&](std::size_t pixel, std::size_t patch) { patches[patch] = own[pixel]; });
            const int count = std::min(max_patches, (height - patch_side + 1) * (width - patch_side + 1));
            // Averaged over random directions, the squared projection of a vector is its squared length / values.
            const double scale = std::sqrt(0.5 * values / (static_cast<double>(count) * directions));
            levels_.push_back(
                {height, width,
                 image::SlicedTransport<float>{{patches.data(), places, 1, values, stride}, count, directions, scale},
                 std::vector<std::int32_t>(static_cast<std::size_t>(count))});
            target_height = (target_height + 1) / 2;
            target_width = (target_width + 1) / 2;
            height = (height + 1) / 2;
            width = (width + 1) / 2;
            if (!large_enough(target_height, target_width) || !large_enough(height, width)) break;
            own = std::move(next);
        }
    }

    static void sharpen(std::vector<float>& image, const std::vector<float>& blurred) noexcept {
        for (std::size_t i = 0; i < image.size(); ++i) image[i] += 2.0F * (image[i] - blurred[i]);
    }
    [[nodiscard]] static std::size_t size(int height, int width) noexcept {
        return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3;
    }
    /// Calls visit(index in an image of that width, index in the patches) for all values of the chosen patches.
    template <class Visit>
    static void for_each_value(int width, const std::vector<std::int32_t>& chosen, Visit&& visit) {
        const int across = width - patch_side + 1;
        std::size_t patch = 0;
        for (const std::int32_t index : chosen) {
            std::size_t pixel = size(index / across, width) + size(index % across, 1);
            for (int row = 0; row < patch_side; ++row, pixel += size(1, width)) {
                for (std::size_t i = 0; i < patch_side * 3; ++i) visit(pixel + i, patch++);
            }
            patch += stride - values;
        }
    }

    /// From the adjoints s of the sharpened levels to the gradient of the image: 3 s - 2 B^T s, plus B^T of the adjoint
    /// of the next level, where B is the blur.
    void pull_back(Memory& memory, std::span<float> gradient) const {
        for (std::size_t l = levels_.size(); l-- > 0;) {
            const Level& level = levels_[l];
            std::vector<float>& own = memory.images[l];
            std::vector<float>& of_blurred = memory.blurred[l];
            for (std::size_t i = 0; i < own.size(); ++i) of_blurred[i] = -2.0F * own[i];
            if (l + 1 < levels_.size()) halve_pullback(memory.images[l + 1], level.height, level.width, of_blurred);
            for (float& g : own) g *= 3.0F;
            blur_pullback(of_blurred, level.height, level.width, memory.rows, own);
        }
        std::copy(memory.images[0].begin(), memory.images[0].end(), gradient.begin());
    }

    std::string target_;
    std::vector<Level> levels_;
};

} // namespace nca::inline NCA_ABI::texture::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_PATCH_LOSS_HPP
