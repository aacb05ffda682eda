// SPDX-License-Identifier: Apache-2.0
// The files that a command which runs a model writes: a state, a picture of the end, a film.
#ifndef NCA_EXAMPLES_NCA_FILM_HPP
#define NCA_EXAMPLES_NCA_FILM_HPP

#include "program.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <support/webp.hpp>
#include <vector>

namespace program {

/// The options of such a command.
struct FilmOptions {
    long frame_every = 0; ///< steps; 0: at most about 250 frames
    std::vector<std::string> outputs{};
};
/// Adds --frame-every and --out to a command. `states`: what a .safetensors file would hold, or empty for none.
void add_film_options(CLI::App& command, FilmOptions& options, const std::string& states = {});

/// What --out names, written at the end or not at all.
class Film {
public:
    /// Ends the program if a name has an ending that the command does not write. The options outlive this object.
    Film(const FilmOptions& options, long steps, bool states);

    /// Ends the program if one of the files cannot be written.
    void require_writable() const;

    /// After a step, 0 before the first: adds a frame that draw() returns, if one is due.
    template <class Draw>
    void show(long step, Draw&& draw) {
        if (animated_ && (step % every_ == 0 || step == steps_)) add(draw());
    }

    /// Writes all files and returns their names. draw(): the last picture; save(path): writes the state.
    template <class Draw, class Save>
    [[nodiscard]] nca::Json write(Draw&& draw, Save&& save) {
        std::optional<std::vector<std::byte>> animation;
        if (writer_) animation = require(writer_->finish());
        nca::Json names = nca::Json::array();
        for (const std::string& path : options_->outputs) {
            const std::string ending = ending_of(path);
            if (ending == ".safetensors") save(path);
            if (ending == ".png") require(support::write_png(path, draw()));
            if (ending == ".webp") require(nca::write_file_atomically(path, *animation));
            names.push_back(path);
        }
        return names;
    }
    /// The same where there is no state to write.
    template <class Draw>
    [[nodiscard]] nca::Json write(Draw&& draw) {
        return write(draw, [](const std::string& /*path*/) {});
    }

private:
    void add(const support::Image& frame);

    const FilmOptions* options_;
    long steps_;
    long every_;
    bool animated_ = false;
    std::optional<support::AnimationWriter> writer_{};
};

} // namespace program

#endif // NCA_EXAMPLES_NCA_FILM_HPP
