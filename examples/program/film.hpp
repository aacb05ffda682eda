// SPDX-License-Identifier: Apache-2.0
// What a command that runs a model writes: its state, an image of the last step, an animation. And states as files.
#ifndef NCA_EXAMPLES_PROGRAM_FILM_HPP
#define NCA_EXAMPLES_PROGRAM_FILM_HPP

#include "program.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <support/image.hpp>
#include <support/webp.hpp>
#include <vector>

namespace program {

/// The state of a grid.
struct State {
    std::vector<int> sizes{}; ///< extents, slowest first: [depth, ] height, width
    int channels = 0;
    std::vector<float> values{}; ///< [sizes..., channels]

    [[nodiscard]] int height() const noexcept { return sizes.size() < 2 ? 1 : sizes[sizes.size() - 2]; }
    [[nodiscard]] int width() const noexcept { return sizes.back(); }
};
/// The extents that the command line may give, slowest first.
using Extents = std::vector<std::optional<int>>;
/// Reads the tensor `state` of a .safetensors file: finite values, at most max_cells cells, and `channels` channels
/// unless that is 0. Anything else ends the program, and so do extents other than those wanted.
[[nodiscard]] State read_state(const std::string& path, int channels, const Extents& wanted);
/// The largest absolute value; NaN if there is one.
[[nodiscard]] float largest_of(std::span<const float> values);

/// The longest side of images that are enlarged for people to look at, about.
inline constexpr int film_side = 576;
/// An image of one pixel per cell, enlarged to about film_side.
[[nodiscard]] support::Image enlarged(const support::Image& image);
/// Ends the program if an image of so many pixels, `scale` times as high and wide, cannot be written. `option`: what
/// chose that size, for the message.
void require_image_size(const std::string& option, int width, int height, int scale = 1);
/// The scale of an image of so many pixels: that of --scale, which ends the program if it is too large, or the one that
/// makes the longer side about as long as `side`.
[[nodiscard]] int scale_of(const std::optional<int>& scale, int width, int height, int side);

/// Functions of a run; a film calls only what its files need.
using Draw = std::function<support::Image()>;
using Store = std::function<State()>;
using WriteOther = std::function<void(const std::string& path)>;

/// What a film can write beside images.
enum class FilmFiles {
    images, ///< nothing
    states, ///< .safetensors
    blocks  ///< and the blocks of three dimensions: .nbt and .vox
};

struct FilmOptions {
    std::optional<long> frame_every{}; ///< steps; default: at most about 250 frames
    std::vector<std::string> outputs{};
};
/// Declares --frame-every and --out. `state`: the shape of what a .safetensors file holds; empty: no state is written.
/// `blocks`: some of the models have blocks.
void add_film_options(const Command& command, FilmOptions& options, const std::string& state = {}, bool blocks = false);

/// The files that --out names, written at the end or not at all.
class Film {
public:
    /// Ends the program if a file extension is none that the command writes, or a file cannot be written. The options
    /// outlive this object.
    Film(const FilmOptions& options, long steps, FilmFiles files);

    /// After a step, and with 0 before the first: adds a frame if one is due.
    void show(long step, const Draw& draw);
    /// Writes all files and returns their names. `other` writes those of blocks.
    [[nodiscard]] nca::Json write(const Draw& draw, const Store& state = {}, const WriteOther& other = {});
    /// Runs all steps: step(i) does the i-th, counted from 1. Then writes all files and returns their names.
    [[nodiscard]] nca::Json run(const std::function<void(long)>& step, const Draw& draw, const Store& state = {},
                                const WriteOther& other = {});

private:
    const FilmOptions* options_;
    long steps_;
    long every_;
    bool animated_ = false;
    std::optional<support::AnimationWriter> writer_{};
};

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_FILM_HPP
