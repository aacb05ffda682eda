// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_WEBP_HPP
#define NCA_EXAMPLES_SUPPORT_WEBP_HPP

#include "image.hpp"

#include <webp/encode.h>
#include <webp/mux.h>

#include <memory>

namespace support {

/// An animated WebP file, lossless and looping for ever. Each frame is compressed at once, so that memory holds the
/// compressed file and two frames, however long the animation is. A frame equal to its predecessor only prolongs it.
class AnimationWriter {
public:
    /// A writer of frames of one size, at most 16383 a side.
    [[nodiscard]] static nca::Result<AnimationWriter> create(int width, int height);

    /// Appends a frame, shown for the given time.
    [[nodiscard]] nca::Result<void> add(const Image& frame, int milliseconds = 40);

    /// Ends the animation and returns the file. No other call may follow. Errors: no frame.
    [[nodiscard]] nca::Result<std::vector<std::byte>> finish();

private:
    AnimationWriter() = default;
    /// `what` went wrong, and why.
    [[nodiscard]] nca::Error error(const std::string& what) const;

    std::unique_ptr<WebPAnimEncoder, void (*)(WebPAnimEncoder*)> encoder_{nullptr, WebPAnimEncoderDelete};
    WebPConfig config_{};
    int width_ = 0;
    int height_ = 0;
    int frames_ = 0;
    int time_ = 0; // milliseconds from the start, when the next frame begins
};

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_WEBP_HPP
