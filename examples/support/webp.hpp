// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_EXAMPLES_SUPPORT_WEBP_HPP
#define NCA_EXAMPLES_SUPPORT_WEBP_HPP

#include "image.hpp"

#include <memory>

namespace support {

/// An animated WebP file, lossless and looping for ever. Each frame is compressed at once, so that memory holds the
/// compressed file and two frames, however long the animation is. A frame equal to its predecessor only prolongs it.
class AnimationWriter {
public:
    static constexpr int milliseconds_per_frame = 40;

    /// A writer of frames of one size, at most 16383 a side.
    [[nodiscard]] static nca::Result<AnimationWriter> create(int width, int height);

    AnimationWriter(AnimationWriter&&) noexcept;
    AnimationWriter& operator=(AnimationWriter&&) noexcept;
    ~AnimationWriter();

    /// Appends a frame, shown for the given time.
    [[nodiscard]] nca::Result<void> add(const Image& frame, int milliseconds = milliseconds_per_frame);

    /// Ends the animation and returns the file. No other call may follow. Errors: no frame.
    [[nodiscard]] nca::Result<std::vector<std::byte>> finish();

private:
    struct State;
    explicit AnimationWriter(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_WEBP_HPP
