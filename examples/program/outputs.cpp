// SPDX-License-Identifier: Apache-2.0
#include "outputs.hpp"

#include <nca/io/safetensors.hpp>

#include "program.hpp"

#include <algorithm>
#include <utility>

namespace program {

OutputFiles::OutputFiles(std::vector<std::string> paths) : paths_{std::move(paths)} {
    for (const std::string& path : paths_) {
        const std::string ending = ending_of(path);
        if (ending != ".safetensors" && ending != ".png" && ending != ".webp") {
            throw Failure{"--out '" + path + "': expected a name that ends in .safetensors, .png or .webp"};
        }
        animated_ = animated_ || ending == ".webp";
    }
    for (const std::string& path : paths_) require_writable(path);
}

long OutputFiles::frame_every(long wanted, long steps) noexcept {
    return wanted > 0 ? wanted : std::max(1L, steps / 250);
}

void OutputFiles::show(const support::Image& frame) {
    if (!film_) film_.emplace(require(support::AnimationWriter::create(frame.width, frame.height)));
    require(film_->add(frame));
}

nca::Json OutputFiles::write(const StateValues& state, const std::function<support::Image()>& picture) {
    std::optional<std::vector<std::byte>> animation;
    if (film_) animation = require(film_->finish());
    nca::Json names = nca::Json::array();
    for (const std::string& path : paths_) {
        const std::string ending = ending_of(path);
        if (ending == ".safetensors") {
            nca::SafetensorsWriter writer;
            writer.add("state", {state.height, state.width, state.channels}, state.values);
            require(nca::write_safetensors(path, writer));
        }
        if (ending == ".png") require(support::write_png(path, picture()));
        if (ending == ".webp") require(nca::write_file_atomically(path, *animation));
        names.push_back(path);
    }
    return names;
}

void add_outputs(CLI::App& command, std::vector<std::string>& paths, long& frame_every, const std::string& what) {
    command.add_option("--frame-every", frame_every, "Steps between two frames of a film (default: 250 frames)")
        ->transform(whole_number(1, 1'000'000'000));
    command.add_option("--out", paths, "File to write; repeatable: " + what)->take_all()->allow_extra_args(false);
}

} // namespace program
