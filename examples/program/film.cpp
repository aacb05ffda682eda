// SPDX-License-Identifier: Apache-2.0
#include "film.hpp"

namespace program {

void add_film_options(CLI::App& command, FilmOptions& options, const std::string& states) {
    command
        .add_option("--frame-every", options.frame_every, "Steps between two frames of a film (default: 250 frames)")
        ->transform(whole_number(1, 1'000'000'000));
    command
        .add_option("--out", options.outputs,
                    "File to write; repeatable: " + (states.empty() ? "" : ".safetensors (" + states + "), ") +
                        ".png (the last state over white, enlarged) or .webp (animation)")
        ->take_all()
        ->allow_extra_args(false);
}

Film::Film(const FilmOptions& options, long steps, bool states)
    : options_{&options}, steps_{steps}, every_{options.frame_every > 0 ? options.frame_every
                                                                        : std::max(1L, steps / 250)} {
    for (const std::string& path : options.outputs) {
        const std::string ending = ending_of(path);
        if (ending != ".png" && ending != ".webp" && !(states && ending == ".safetensors")) {
            throw Failure{"--out '" + path + "': expected a name that ends in " + (states ? ".safetensors, " : "") +
                          ".png or .webp"};
        }
        animated_ = animated_ || ending == ".webp";
    }
}

void Film::require_writable() const {
    for (const std::string& path : options_->outputs) program::require_writable(path);
}

void Film::add(const support::Image& frame) {
    if (!writer_) writer_.emplace(require(support::AnimationWriter::create(frame.width, frame.height)));
    require(writer_->add(frame));
}

} // namespace program
