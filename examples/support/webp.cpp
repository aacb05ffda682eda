// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.

#include "webp.hpp"

#include <webp/encode.h>
#include <webp/mux.h>

#include <utility>

namespace support {
namespace {

struct EncoderDelete {
    void operator()(WebPAnimEncoder* encoder) const noexcept { WebPAnimEncoderDelete(encoder); }
};

// A frame for the encoder, freed at the end of its scope.
struct Picture {
    Picture() : ready{WebPPictureInit(&raw) != 0} {}
    Picture(const Picture&) = delete;
    Picture& operator=(const Picture&) = delete;
    ~Picture() { WebPPictureFree(&raw); }

    WebPPicture raw{};
    bool ready;
};

// A file that the muxer allocated.
struct Data {
    Data() { WebPDataInit(&raw); }
    Data(const Data&) = delete;
    Data& operator=(const Data&) = delete;
    ~Data() { WebPDataClear(&raw); }

    WebPData raw{};
};

} // namespace

struct AnimationWriter::State {
    WebPConfig config{};
    std::unique_ptr<WebPAnimEncoder, EncoderDelete> encoder;
    int width = 0;
    int height = 0;
    int frames = 0;
    int time = 0; // milliseconds from the start, when the next frame begins

    [[nodiscard]] nca::Error error(const char* what) const {
        const char* reason = encoder != nullptr ? WebPAnimEncoderGetError(encoder.get()) : nullptr;
        return nca::Error{std::string{what} + (reason != nullptr && *reason != '\0' ? std::string{": "} + reason : "")};
    }
};

AnimationWriter::AnimationWriter(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
AnimationWriter::AnimationWriter(AnimationWriter&&) noexcept = default;
AnimationWriter& AnimationWriter::operator=(AnimationWriter&&) noexcept = default;
AnimationWriter::~AnimationWriter() = default;

nca::Result<AnimationWriter> AnimationWriter::create(int width, int height) {
    if (width < 1 || height < 1 || width > WEBP_MAX_DIMENSION || height > WEBP_MAX_DIMENSION) {
        return nca::Error{"an animation of " + std::to_string(width) + " x " + std::to_string(height) +
                          " pixels is impossible: each side must be from 1 to " + std::to_string(WEBP_MAX_DIMENSION)};
    }
    auto state = std::make_unique<State>();
    state->width = width;
    state->height = height;
    WebPAnimEncoderOptions encoder_options;
    if (WebPAnimEncoderOptionsInit(&encoder_options) == 0 || WebPConfigInit(&state->config) == 0) {
        return nca::Error{"libwebp differs from the version that this program was built with"};
    }
    // Effort 2 of 9: 120 frames of a 72 x 72 grid enlarged 8 times took 0.6 s and 310 kB, effort 6 took 1.5 s and
    // 302 kB; efforts 0 and 1 wrote up to three times as much for other enlargements.
    if (WebPConfigLosslessPreset(&state->config, 2) == 0) return nca::Error{"libwebp refuses its lossless preset"};
    state->encoder.reset(WebPAnimEncoderNew(width, height, &encoder_options));
    if (state->encoder == nullptr) return nca::Error{"not enough memory for an animation"};
    return AnimationWriter{std::move(state)};
}

nca::Result<void> AnimationWriter::add(const Image& frame, int milliseconds) {
    State& state = *state_;
    if (frame.width != state.width || frame.height != state.height) {
        return nca::Error{"frame " + std::to_string(state.frames) + " has " + std::to_string(frame.width) + " x " +
                          std::to_string(frame.height) + " pixels in an animation of " + std::to_string(state.width) +
                          " x " + std::to_string(state.height)};
    }
    Picture picture;
    if (!picture.ready) return nca::Error{"libwebp differs from the version that this program was built with"};
    picture.raw.use_argb = 1;
    picture.raw.width = frame.width;
    picture.raw.height = frame.height;
    if (WebPPictureImportRGBA(&picture.raw, frame.rgba.data(), frame.width * 4) == 0) {
        return nca::Error{"not enough memory for a frame of the animation"};
    }
    if (WebPAnimEncoderAdd(state.encoder.get(), &picture.raw, state.time, &state.config) == 0) {
        return state.error("cannot encode a frame of the animation");
    }
    ++state.frames;
    state.time += milliseconds;
    return {};
}

nca::Result<std::vector<std::byte>> AnimationWriter::finish() {
    State& state = *state_;
    if (state.frames == 0) return nca::Error{"an animation needs at least one frame"};
    // A call without a frame marks the end of the last one.
    Data data;
    if (WebPAnimEncoderAdd(state.encoder.get(), nullptr, state.time, nullptr) == 0 ||
        WebPAnimEncoderAssemble(state.encoder.get(), &data.raw) == 0) {
        return state.error("cannot assemble the animation");
    }
    const auto* first = reinterpret_cast<const std::byte*>(data.raw.bytes);
    return std::vector<std::byte>(first, first + data.raw.size);
}

} // namespace support
