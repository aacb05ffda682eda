// SPDX-License-Identifier: Apache-2.0
#include "webp.hpp"

namespace support {

nca::Error AnimationWriter::error(const std::string& what) const {
    const char* const reason = WebPAnimEncoderGetError(encoder_.get());
    return {what + (reason != nullptr && *reason != '\0' ? std::string{": "} + reason : "")};
}

nca::Result<AnimationWriter> AnimationWriter::create(int width, int height) {
    if (width < 1 || height < 1 || width > WEBP_MAX_DIMENSION || height > WEBP_MAX_DIMENSION) {
        return nca::Error{"an animation of " + std::to_string(width) + " x " + std::to_string(height) +
                          " pixels is impossible: each side must be from 1 to " + std::to_string(WEBP_MAX_DIMENSION)};
    }
    AnimationWriter writer;
    writer.width_ = width;
    writer.height_ = height;
    WebPAnimEncoderOptions encoder_options;
    if (WebPAnimEncoderOptionsInit(&encoder_options) == 0 || WebPConfigInit(&writer.config_) == 0) {
        return nca::Error{"libwebp differs from the version that this program was built with"};
    }
    // Effort 2 of 9: 120 frames of a 72 x 72 grid enlarged 8 times took 0.6 s and 310 kB, effort 6 took 1.5 s and
    // 302 kB; efforts 0 and 1 wrote up to three times as much for other enlargements.
    if (WebPConfigLosslessPreset(&writer.config_, 2) == 0) return nca::Error{"libwebp refuses its lossless preset"};
    writer.encoder_.reset(WebPAnimEncoderNew(width, height, &encoder_options));
    if (writer.encoder_ == nullptr) return nca::Error{"not enough memory for an animation"};
    return writer;
}

nca::Result<void> AnimationWriter::add(const Image& frame, int milliseconds) {
    if (frame.width != width_ || frame.height != height_) {
        return nca::Error{"frame " + std::to_string(frames_) + " has " + std::to_string(frame.width) + " x " +
                          std::to_string(frame.height) + " pixels in an animation of " + std::to_string(width_) +
                          " x " + std::to_string(height_)};
    }
    WebPPicture picture;
    if (WebPPictureInit(&picture) == 0) {
        return nca::Error{"libwebp differs from the version that this program was built with"};
    }
    const std::unique_ptr<WebPPicture, void (*)(WebPPicture*)> freed{&picture, WebPPictureFree};
    picture.use_argb = 1;
    picture.width = frame.width;
    picture.height = frame.height;
    if (WebPPictureImportRGBA(&picture, frame.rgba.data(), frame.width * 4) == 0) {
        return nca::Error{"not enough memory for a frame of the animation"};
    }
    if (WebPAnimEncoderAdd(encoder_.get(), &picture, time_, &config_) == 0) {
        return error("cannot encode a frame of the animation");
    }
    ++frames_;
    time_ += milliseconds;
    return {};
}

nca::Result<std::vector<std::byte>> AnimationWriter::finish() {
    if (frames_ == 0) return nca::Error{"an animation needs at least one frame"};
    WebPData data;
    WebPDataInit(&data);
    const std::unique_ptr<WebPData, void (*)(WebPData*)> freed{&data, WebPDataClear};
    // A call without a frame marks the end of the last one.
    if (WebPAnimEncoderAdd(encoder_.get(), nullptr, time_, nullptr) == 0 ||
        WebPAnimEncoderAssemble(encoder_.get(), &data) == 0) {
        return error("cannot assemble the animation");
    }
    const auto* first = reinterpret_cast<const std::byte*>(data.bytes);
    return std::vector<std::byte>(first, first + data.size);
}

} // namespace support
