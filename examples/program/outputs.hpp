// SPDX-License-Identifier: Apache-2.0
// The files that a command writes of a run: states, pictures and films.
#ifndef NCA_EXAMPLES_NCA_OUTPUTS_HPP
#define NCA_EXAMPLES_NCA_OUTPUTS_HPP

#include <nca/io/json.hpp>

#include <CLI/CLI.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <support/image.hpp>
#include <support/webp.hpp>
#include <vector>

namespace program {

/// A state for a file.
struct StateValues {
    std::size_t height = 0;
    std::size_t width = 0;
    std::size_t channels = 0;
    std::span<const float> values{}; ///< [height, width, channels]
};

/// The files named by --out, each by its ending: .safetensors (tensor 'state'), .png or .webp (a film).
class OutputFiles {
public:
    /// Another ending, or a file that cannot be written, ends the program.
    explicit OutputFiles(std::vector<std::string> paths);

    /// True if there is a film among them.
    [[nodiscard]] bool has_film() const noexcept { return animated_; }
    /// Steps between two frames: what the user wants, or as many as make about 250 frames.
    [[nodiscard]] static long frame_every(long wanted, long steps) noexcept;
    /// Adds a frame to the film.
    void show(const support::Image& frame);

    /// Writes all files, and returns their names. `picture` is called for .png only.
    [[nodiscard]] nca::Json write(const StateValues& state, const std::function<support::Image()>& picture);

private:
    std::vector<std::string> paths_;
    bool animated_ = false;
    std::optional<support::AnimationWriter> film_{};
};

/// The options --out and --frame-every. `what`: what the files hold, for the help.
void add_outputs(CLI::App& command, std::vector<std::string>& paths, long& frame_every, const std::string& what);

} // namespace program

#endif // NCA_EXAMPLES_NCA_OUTPUTS_HPP
