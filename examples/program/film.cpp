// SPDX-License-Identifier: Apache-2.0
#include "film.hpp"

#include <nca/cell/rule_description.hpp>
#include <nca/io/file.hpp>
#include <nca/io/safetensors.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <support/render.hpp>

namespace program {

State read_state(const std::string& path, int channels, const Extents& wanted) {
    constexpr std::array names{"depth", "height", "width"};
    const nca::SafetensorsFile file = require(nca::read_safetensors(path));
    const nca::StoredTensor* const tensor = file.find("state");
    if (tensor == nullptr) throw Failure{nca::quote_path(path) + ": there is no tensor 'state'"};
    const auto& shape = tensor->shape;
    const std::size_t rank = wanted.size();
    std::size_t cells = 1;
    bool fits = shape.size() == rank + 1;
    for (std::size_t axis = 0; fits && axis < rank; ++axis) {
        fits = shape[axis] > 0 && shape[axis] <= max_side && (cells *= shape[axis]) <= max_cells;
    }
    if (!fits || shape[rank] == 0 || shape[rank] > static_cast<std::size_t>(nca::max_channels) ||
        (channels != 0 && shape[rank] != static_cast<std::size_t>(channels))) {
        std::string expected;
        for (std::size_t axis = 0; axis < rank; ++axis) expected += std::string{names[3 - rank + axis]} + ", ";
        throw Failure{nca::quote_path(path) + ": tensor 'state': expected shape [" + expected +
                      (channels == 0 ? "channels" : std::to_string(channels)) + "] of at most " +
                      std::to_string(max_cells) + " cells, found " + nca::shape_text(shape)};
    }
    State state;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        state.sizes.push_back(static_cast<int>(shape[axis]));
        if (wanted[axis].value_or(state.sizes[axis]) == state.sizes[axis]) continue;
        throw Failure{nca::quote_path(path) + ": the state has a " + names[3 - rank + axis] + " of " +
                      std::to_string(state.sizes[axis]) + ", which differs from --" + names[3 - rank + axis]};
    }
    state.channels = static_cast<int>(shape[rank]);
    state.values = require(file.to_finite_floats("state", shape));
    return state;
}

float largest_of(std::span<const float> values) {
    float largest = 0.0F;
    for (const float value : values) {
        if (std::isnan(value)) return value;
        largest = std::max(largest, std::abs(value));
    }
    return largest;
}

support::Image enlarged(const support::Image& image) {
    return support::enlarge(image, support::enlargement(image, film_side));
}

void require_image_size(const std::string& option, int width, int height, int scale) {
    constexpr int longest_animation_side = 16383;
    const std::int64_t longer = std::int64_t{std::max(width, height)} * scale;
    const std::int64_t area = std::int64_t{width} * height * scale * scale;
    if (longer > longest_animation_side || area > std::int64_t{support::max_image_pixels}) {
        throw Failure{option + ": the image would be too large"};
    }
}

int scale_of(const std::optional<int>& scale, int width, int height, int side) {
    if (!scale) return std::max(1, side / std::max(width, height));
    require_image_size("--scale " + std::to_string(*scale), width, height, *scale);
    return *scale;
}

void add_film_options(const Command& command, FilmOptions& options, const std::string& state, bool blocks) {
    command.add("--frame-every", options.frame_every, "Steps between two frames of an animation (default: 250 frames)",
                1, 1'000'000'000);
    const std::string states = state.empty() ? "" : ".safetensors (tensor 'state', float32, " + state + "), ";
    command.add("--out", options.outputs,
                "File to write; repeatable: " + states +
                    (blocks ? ".nbt (Minecraft structure), .vox (MagicaVoxel), " : "") +
                    ".png (the last state, enlarged) or .webp (animation)");
}

Film::Film(const FilmOptions& options, long steps, FilmFiles files)
    : options_{&options}, steps_{steps}, every_{options.frame_every.value_or(std::max(1L, steps / 250))} {
    for (const std::string& path : options.outputs) {
        const std::string extension = extension_of(path);
        const bool known = extension == ".png" || extension == ".webp" ||
                           (files != FilmFiles::images && extension == ".safetensors") ||
                           (files == FilmFiles::blocks && (extension == ".nbt" || extension == ".vox"));
        if (!known) {
            throw Failure{"--out " + nca::quote_path(path) + ": expected the file extension " +
                          (files == FilmFiles::images   ? ""
                           : files == FilmFiles::states ? ".safetensors, "
                                                        : ".safetensors, .nbt, .vox, ") +
                          ".png or .webp"};
        }
        animated_ = animated_ || extension == ".webp";
    }
    for (const std::string& path : options.outputs) require_writable(path);
}

void Film::show(long step, const Draw& draw) {
    if (!animated_ || (step % every_ != 0 && step != steps_)) return;
    const support::Image frame = draw();
    if (!writer_) writer_.emplace(require(support::AnimationWriter::create(frame.width, frame.height)));
    require(writer_->add(frame));
}

nca::Json Film::write(const Draw& draw, const Store& state, const WriteOther& other) {
    std::vector<std::byte> animation;
    if (writer_) animation = require(writer_->finish());
    for (const std::string& path : options_->outputs) {
        const std::string extension = extension_of(path);
        if (extension == ".safetensors") {
            const State last = state();
            nca::SafetensorsWriter writer;
            std::vector<std::size_t> shape(last.sizes.begin(), last.sizes.end());
            shape.push_back(static_cast<std::size_t>(last.channels));
            writer.add("state", shape, std::span<const float>{last.values});
            require(nca::write_safetensors(path, writer));
        }
        if (extension == ".nbt" || extension == ".vox") other(path);
        if (extension == ".png") require(support::write_png(path, draw()));
        if (extension == ".webp") require(nca::write_file_atomically(path, animation));
    }
    return json_list(options_->outputs);
}

nca::Json Film::run(const std::function<void(long)>& step, const Draw& draw, const Store& state,
                    const WriteOther& other) {
    show(0, draw);
    for (long i = 1; i <= steps_; ++i) {
        step(i);
        show(i, draw);
    }
    return write(draw, state, other);
}

} // namespace program
