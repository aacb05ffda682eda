// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_MEMORY_HPP
#define NCA_CORE_MEMORY_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI {

/// The alignment of every block in bytes: a cache line, and the widest SIMD register in use.
inline constexpr std::size_t block_alignment = 64;

/// Rows are padded to a multiple of this: the widest register (16 floats), so layouts do not depend on compiler flags.
inline constexpr int lane_padding = 16;

/// `count` rounded up to a multiple of lane_padding.
[[nodiscard]] constexpr int padded(int count) noexcept {
    return (count + lane_padding - 1) / lane_padding * lane_padding;
}

/// Copies values between disjoint ranges. std::copy_n calls memmove, which took 7% of a training iteration, and so does
/// memcpy for a number known only at run time: hence pieces of constant size.
template <class T>
NCA_INLINE void copy_values(const T* from, T* to, int count) noexcept {
    static_assert(std::is_trivially_copyable_v<T>, "nca::copy_values: plain data only");
    int i = 0;
    for (; i + lane_padding <= count; i += lane_padding) std::memcpy(to + i, from + i, sizeof(T) * lane_padding);
    if (i < count) std::memcpy(to + i, from + i, sizeof(T) * static_cast<std::size_t>(count - i));
}

/// Zeroes the values of a cell, padded(channels) numbers. std::fill_n calls memset for a number known only at run time.
template <class T>
NCA_INLINE void clear_values(T* to, int count) noexcept {
    static_assert(std::is_floating_point_v<T>, "nca::clear_values: numbers only");
    for (int i = 0; i < count; i += lane_padding) std::memset(to + i, 0, sizeof(T) * lane_padding);
}

/// Bytes an array of `count` values takes from a Region.
template <class T>
[[nodiscard]] constexpr std::size_t block_bytes(std::size_t count) noexcept {
    return (count * sizeof(T) + block_alignment - 1) / block_alignment * block_alignment;
}

/// A bump allocator over memory owned by someone else, which must outlive everything allocated from it.
class Region {
public:
    /// Bytes before the first 64-byte boundary are not used.
    explicit Region(std::span<std::byte> memory) noexcept : memory_{memory} {
        const auto misalignment = reinterpret_cast<std::uintptr_t>(memory.data()) % block_alignment;
        if (misalignment != 0) memory_ = memory_.subspan(std::min(memory_.size(), block_alignment - misalignment));
    }

    /// Uninitialised memory for `count` values, aligned to 64 bytes. Precondition: that much is left.
    template <class T>
    [[nodiscard]] T* take(std::size_t count) noexcept {
        const std::size_t bytes = block_bytes<T>(count);
        NCA_ASSERT(bytes <= memory_.size(), "nca::Region: the memory is too small");
        T* const start = reinterpret_cast<T*>(memory_.data());
        memory_ = memory_.subspan(bytes);
        return start;
    }

private:
    std::span<std::byte> memory_;
};

namespace detail {

// Not templates, so that code with many array types compiles fast.
[[nodiscard]] NCA_COLD inline void* allocate_block(std::size_t bytes) {
    return ::operator new (bytes, std::align_val_t{block_alignment});
}
NCA_COLD inline void release_block(void* block) noexcept {
    ::operator delete (block, std::align_val_t{block_alignment});
}

} // namespace detail

/// An array aligned to 64 bytes. Owns its memory, unless from a Region or a view. Copies are deep and own theirs.
template <class T>
class AlignedArray {
public:
    static_assert(std::is_trivially_copyable_v<T>, "nca::AlignedArray: the element type must be plain data");

    AlignedArray() = default;

    /// `size` elements, zeroed, from `region` or, without one, the heap.
    explicit AlignedArray(std::size_t size, Region* region = nullptr)
        : data_{take(size, region)}, size_{size}, owned_{size != 0 && region == nullptr} {
        if (size != 0) std::memset(static_cast<void*>(data_), 0, size * sizeof(T));
    }
    /// `size` uninitialised elements, from `region` or, without one, the heap.
    [[nodiscard]] static AlignedArray uninitialised(std::size_t size, Region* region = nullptr) {
        AlignedArray array;
        array.data_ = take(size, region);
        array.size_ = size;
        array.owned_ = size != 0 && region == nullptr;
        return array;
    }
    /// A read-only view of another array: only const members may be called. Precondition: `other` outlives it.
    [[nodiscard]] static AlignedArray view(const AlignedArray& other) noexcept {
        AlignedArray array;
        array.data_ = other.data_;
        array.size_ = other.size_;
        return array;
    }

    AlignedArray(const AlignedArray& other)
        : data_{take(other.size_, nullptr)}, size_{other.size_}, owned_{other.size_ != 0} {
        if (size_ != 0) std::memcpy(static_cast<void*>(data_), other.data_, size_ * sizeof(T));
    }
    AlignedArray(AlignedArray&& other) noexcept
        : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)}, owned_{std::exchange(
                                                                                                other.owned_, false)} {}
    AlignedArray& operator=(AlignedArray other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(owned_, other.owned_);
        return *this;
    }
    ~AlignedArray() {
        if (owned_) detail::release_block(data_);
    }

    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] T* begin() noexcept { return data_; }
    [[nodiscard]] T* end() noexcept { return data_ + size_; }
    [[nodiscard]] const T* begin() const noexcept { return data_; }
    [[nodiscard]] const T* end() const noexcept { return data_ + size_; }
    [[nodiscard]] T& operator[](std::size_t i) noexcept { return data_[i]; }
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return data_[i]; }

private:
    [[nodiscard]] static T* take(std::size_t size, Region* region) {
        if (size == 0) return nullptr;
        return region != nullptr ? region->take<T>(size) : static_cast<T*>(detail::allocate_block(size * sizeof(T)));
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
    bool owned_ = false;
};

/// A growing bump allocator for trivial types. Keeps its chunks, so it stops calling the heap at its largest size.
class Arena {
public:
    /// A position to which the arena can be rewound.
    struct Mark {
        std::size_t chunk = 0;
        std::size_t used = 0;
    };

    /// Uninitialised memory for `count` values, aligned to 64 bytes, valid until the arena is rewound past it.
    template <class T>
    [[nodiscard]] T* take(std::size_t count) {
        static_assert(std::is_trivially_destructible_v<T>, "nca::Arena: destructors are not run");
        return reinterpret_cast<T*>(take_bytes(count * sizeof(T)));
    }

    /// The current position.
    [[nodiscard]] Mark mark() const noexcept { return mark_; }
    /// Releases everything allocated since `mark`.
    void rewind(Mark mark) noexcept { mark_ = mark; }
    /// Releases everything.
    void clear() noexcept { mark_ = {}; }
    /// Bytes held in chunks.
    [[nodiscard]] std::size_t capacity() const noexcept {
        std::size_t bytes = 0;
        for (const auto& chunk : chunks_) bytes += chunk.size();
        return bytes;
    }

private:
    [[nodiscard]] NCA_NOINLINE std::byte* take_bytes(std::size_t bytes) {
        bytes = (bytes + block_alignment - 1) / block_alignment * block_alignment;
        while (mark_.chunk < chunks_.size() && mark_.used + bytes > chunks_[mark_.chunk].size()) {
            ++mark_.chunk;
            mark_.used = 0;
        }
        if (mark_.chunk == chunks_.size()) {
            // Large compared with a full 72 x 72 state (330 kB), so little is wasted at the end of a chunk.
            constexpr std::size_t min_chunk = std::size_t{1} << 22U;
            chunks_.emplace_back(bytes > min_chunk ? bytes : min_chunk);
        }
        std::byte* const start = chunks_[mark_.chunk].data() + mark_.used;
        mark_.used += bytes;
        return start;
    }

    std::vector<AlignedArray<std::byte>> chunks_{};
    Mark mark_{};
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_MEMORY_HPP
