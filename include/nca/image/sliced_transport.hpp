// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_SLICED_TRANSPORT_HPP
#define NCA_IMAGE_SLICED_TRANSPORT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/bit_cast.hpp>
#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>
#include <nca/core/philox.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/image/matmul.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::image::inline NCA_ISA {

/// The permutation that sorts values in ascending order, and the memory to compute it. Stable, so the result is unique;
/// -0 comes before 0. Allocates only when given more values than before.
///
/// A radix sort of floats takes three passes over 11 bits each (16,384 values: 0.1 ms, a sixth of std::sort); below
/// 1,024 values, where counting costs more, and for doubles, which only check gradients, std::sort compares.
template <class T>
class Argsort {
public:
    void sort(const T* values, int count) {
        const auto size = static_cast<std::size_t>(count);
        if (entries_.size() < size) {
            entries_ = AlignedArray<Entry>::uninitialised(size);
            spare_ = AlignedArray<Entry>::uninitialised(size);
        }
        for (std::size_t i = 0; i < size; ++i) {
            const auto bits = nca::detail::bit_cast<Key>(values[i]);
            entries_[i] = {static_cast<std::uint32_t>(i), (bits & sign) != 0 ? ~bits : bits ^ sign};
        }
        if (std::is_same_v<T, float> && size >= 1024) return count_passes(size);
        std::sort(entries_.begin(), entries_.begin() + count, [](const Entry& a, const Entry& b) {
            return a.key < b.key || (a.key == b.key && a.index < b.index);
        });
    }

    /// The k-th smallest value.
    [[nodiscard]] T value(int k) const noexcept {
        const Key key = entries_[static_cast<std::size_t>(k)].key;
        return nca::detail::bit_cast<T>((key & sign) != 0 ? key ^ sign : ~key);
    }
    /// The position of the k-th smallest value in the input.
    [[nodiscard]] int index(int k) const noexcept {
        return static_cast<int>(entries_[static_cast<std::size_t>(k)].index);
    }

private:
    /// Compares like the value that it is made of.
    using Key = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;
    struct Entry {
        std::uint32_t index;
        Key key;
    };
    static constexpr Key sign = Key{1} << (8 * sizeof(T) - 1);

    void count_passes(std::size_t size) noexcept {
        constexpr std::size_t buckets = 2048;
        constexpr auto digit = [](const Entry& entry, std::size_t pass) {
            return static_cast<std::size_t>(entry.key >> (11U * pass)) % buckets;
        };
        std::array<std::array<std::uint32_t, buckets>, 3> starts{};
        for (std::size_t i = 0; i < size; ++i) {
            for (std::size_t pass = 0; pass < 3; ++pass) ++starts[pass][digit(entries_[i], pass)];
        }
        for (auto& start : starts) {
            std::uint32_t total = 0;
            for (std::uint32_t& count : start) total += std::exchange(count, total);
        }
        for (std::size_t pass = 0; pass < 3; ++pass) {
            for (std::size_t i = 0; i < size; ++i) {
                spare_[starts[pass][digit(entries_[i], pass)]++] = entries_[i];
            }
            std::swap(entries_, spare_);
        }
    }

    AlignedArray<Entry> entries_{};
    AlignedArray<Entry> spare_{};
};

/// The sliced optimal transport between the features of an image and those of a target at one level (the PyTorch
/// notebook of Self-Organising Textures): both sets of vectors are projected onto random directions, along each of
/// which the optimal transport matches sorted values. The loss is the sum of squared distances over directions and
/// pixels; a target with another number of pixels is resampled to the nearest.
///
/// Directions are drawn once for all samples of a batch and shared by threads, each with its own Workspace.
template <class T>
class SlicedTransport {
public:
    /// The scratch memory of one evaluation, which grows with the features.
    class Workspace {
    private:
        friend class SlicedTransport;
        /// A block of pixels by directions.
        [[nodiscard]] T* rows(int directions) {
            if (block_rows.size() < size(block, directions)) block_rows = AlignedArray<T>(size(block, directions));
            return block_rows.data();
        }

        AlignedArray<T> columns{};    ///< [directions, count]: projections, then their derivatives
        AlignedArray<T> block_rows{}; ///< [block, padded(directions)]
        Argsort<T> argsort{};
    };

    /// Copies the features of the target. `count`: pixels of the features to compare with it. `scale`: a factor of all
    /// features.
    SlicedTransport(const FeatureMaps<const T>& target, int count, int directions = 32, double scale = 1.0)
        : count_{count}, target_count_{target.pixels()}, channels_{target.channels},
          directions_{directions}, scale_{scale}, target_(size(target.pixels(), padded(target.channels))),
          matrix_(size(target.channels, padded(directions))), transposed_(size(directions, padded(target.channels))),
          sorted_(size(directions, count)) {
        NCA_ASSERT(count > 0 && target.pixels() > 0 && directions > 0,
                   "nca::image::SlicedTransport: nothing to compare");
        for (int i = 0; i < target.pixels(); ++i) {
            std::copy_n(target.pixel(i), channels_, target_.data() + size(i, padded(channels_)));
        }
    }

    /// Draws normally distributed directions, a function of `random` alone, and sorts the target along them.
    void draw(const Philox& random) {
        std::vector<T> components(size(channels_, directions_));
        for (std::size_t i = 0; i < components.size(); ++i) components[i] = static_cast<T>(random.normal(i));
        set_directions(components);
    }

    /// The same for given directions [channels, directions], which are normalised.
    void set_directions(std::span<const T> components) {
        NCA_ASSERT(components.size() == size(channels_, directions_),
                   "nca::image::SlicedTransport: channels x directions");
        for (int d = 0; d < directions_; ++d) {
            double square = 0.0;
            for (int c = 0; c < channels_; ++c) {
                const auto x = static_cast<double>(components[size(c, directions_) + static_cast<std::size_t>(d)]);
                square += x * x;
            }
            const auto length = static_cast<T>(scale_ / std::max(std::sqrt(square), 1e-12));
            for (int c = 0; c < channels_; ++c) {
                const T x = length * components[size(c, directions_) + static_cast<std::size_t>(d)];
                matrix_[size(c, padded(directions_)) + static_cast<std::size_t>(d)] = x;
                transposed_[size(d, padded(channels_)) + static_cast<std::size_t>(c)] = x;
            }
        }
        project({target_.data(), target_count_, 1, channels_, padded(channels_)}, own_);
        // In float, as the notebook's resampling computes the index.
        const float step = static_cast<float>(target_count_) / static_cast<float>(count_);
        for (int d = 0; d < directions_; ++d) {
            own_.argsort.sort(own_.columns.data() + size(d, target_count_), target_count_);
            T* const to = sorted_.data() + size(d, count_);
            for (int i = 0; i < count_; ++i) {
                to[i] = own_.argsort.value(std::min(static_cast<int>(static_cast<float>(i) * step), target_count_ - 1));
            }
        }
    }

    /// The sorted, resampled target along every direction: [directions, count].
    [[nodiscard]] std::span<const T> sorted_target() const noexcept { return {sorted_.data(), sorted_.size()}; }

    /// The loss of features; their derivatives overwrite `adjoint`, unless that is empty: with x the value at rank k
    /// along a direction d, its pixel gets 2 (x - target_k) d, since the permutation is locally constant.
    /// Preconditions: directions were drawn; the features have the target's channels and `count` pixels, in rows of any
    /// stride.
    double operator()(const FeatureMaps<const T>& features, const FeatureMaps<T>& adjoint, Workspace& work) const {
        NCA_ASSERT(features.channels == channels_ && features.pixels() == count_,
                   "nca::image::SlicedTransport: features of another size");
        project(features, work);
        double total = 0.0;
        for (int d = 0; d < directions_; ++d) {
            T* const column = work.columns.data() + size(d, count_);
            const T* const wanted = sorted_.data() + size(d, count_);
            work.argsort.sort(column, count_);
            // Four sums hide the latency of the additions.
            std::array<double, 4> sums{};
            for (int k = 0; k < count_; ++k) {
                const T error = work.argsort.value(k) - wanted[k];
                column[work.argsort.index(k)] = T(2) * error;
                sums[static_cast<std::size_t>(k % 4)] += static_cast<double>(error) * static_cast<double>(error);
            }
            total += (sums[0] + sums[1]) + (sums[2] + sums[3]);
        }
        if (adjoint.values == nullptr) return total;
        const int width = padded(directions_);
        T* const rows = work.rows(width);
        for (int first = 0; first < count_; first += block) {
            const int rows_here = std::min(block, count_ - first);
            for (int d = 0; d < directions_; ++d) {
                const T* const column = work.columns.data() + size(d, count_) + first;
                for (int i = 0; i < rows_here; ++i) rows[size(i, width) + static_cast<std::size_t>(d)] = column[i];
            }
            matmul(rows, width, rows_here, directions_, transposed_.data(), padded(channels_), padded(channels_),
                   adjoint.pixel(first), adjoint.stride);
        }
        return total;
    }

private:
    /// Pixels whose projections are transposed at a time: 2 kB for 32 directions.
    static constexpr int block = 16;

    [[nodiscard]] static std::size_t size(int rows, int columns) noexcept {
        return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    }

    /// work.columns = the features along every direction.
    void project(const FeatureMaps<const T>& features, Workspace& work) const {
        const int width = padded(directions_);
        if (work.columns.size() < size(directions_, features.pixels())) {
            work.columns = AlignedArray<T>::uninitialised(size(directions_, features.pixels()));
        }
        T* const rows = work.rows(width);
        for (int first = 0; first < features.pixels(); first += block) {
            const int rows_here = std::min(block, features.pixels() - first);
            matmul(features.pixel(first), features.stride, rows_here, channels_, matrix_.data(), width, width, rows,
                   width);
            for (int d = 0; d < directions_; ++d) {
                T* const column = work.columns.data() + size(d, features.pixels()) + first;
                for (int i = 0; i < rows_here; ++i) column[i] = rows[size(i, width) + static_cast<std::size_t>(d)];
            }
        }
    }

    int count_;
    int target_count_;
    int channels_;
    int directions_;
    double scale_;
    AlignedArray<T> target_;     ///< [target count, padded(channels)]
    AlignedArray<T> matrix_;     ///< [channels, padded(directions)]
    AlignedArray<T> transposed_; ///< [directions, padded(channels)]
    AlignedArray<T> sorted_;     ///< [directions, count]
    Workspace own_{};
};

} // namespace nca::inline NCA_ABI::image::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_SLICED_TRANSPORT_HPP
