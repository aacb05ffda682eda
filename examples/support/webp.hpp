// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_EXAMPLES_SUPPORT_WEBP_HPP
#define NCA_EXAMPLES_SUPPORT_WEBP_HPP

#include "image.hpp"

#include <memory>

namespace support {

/// How an animation is stored and played.
struct AnimationOptions {
    int milliseconds_per_frame = 40;
    int loops = 0;        ///< times that the animation plays; 0: for ever
    bool lossless = true; ///< exact pixels, which also gives the smaller file for pictures of enlarged cells
    int quality = 75;     ///< of a lossy animation, 0 to 100
};

/// An animated WebP file that is built frame by frame: each frame is compressed as it comes and then forgotten, so
/// memory holds the compressed file and two frames, however long the film is. Frames equal to their predecessor only
/// prolong it.
class AnimationWriter {
public:
    /// A writer of frames of one size, at most 16383 a side.
    [[nodiscard]] static nca::Result<AnimationWriter> create(int width, int height, AnimationOptions options = {});

    AnimationWriter(AnimationWriter&&) noexcept;
    AnimationWriter& operator=(AnimationWriter&&) noexcept;
    ~AnimationWriter();

    /// Appends a frame, shown for the given time or, if that is 0, for the time that the options state.
    [[nodiscard]] nca::Result<void> add(const Image& frame, int milliseconds = 0);

    /// The number of frames added so far.
    [[nodiscard]] int frames() const noexcept;

    /// Ends the film and returns the file. No other call may follow.
    [[nodiscard]] nca::Result<std::vector<std::byte>> finish();

    /// Ends the film and writes the file as a whole: on failure the path is left as it was. No other call may follow.
    [[nodiscard]] nca::Result<void> save(const std::filesystem::path& path);

private:
    struct State;
    explicit AnimationWriter(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

/// The animated WebP file of frames of one size.
[[nodiscard]] nca::Result<std::vector<std::byte>> encode_animation(std::span<const Image> frames,
                                                                   AnimationOptions options = {});

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_WEBP_HPP
