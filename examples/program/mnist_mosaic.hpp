// SPDX-License-Identifier: Apache-2.0
// Digits and drawings side by side, each a world of its own.
#ifndef NCA_EXAMPLES_NCA_MNIST_MOSAIC_HPP
#define NCA_EXAMPLES_NCA_MNIST_MOSAIC_HPP

#include <nca/core/philox.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/systems/mnist/metrics.hpp>

#include "mnist_program.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <support/image.hpp>
#include <vector>

namespace program {

using MnistRule = nca::mnist::Rule<>;

/// A picture that cells are to classify, and the source of its random numbers.
struct Subject {
    Drawing drawing;
    nca::Philox random;
    std::string file{};         ///< of a picture that a person drew
    int index = 0;              ///< of a test digit
    std::optional<int> label{}; ///< of a test digit
};

/// Worlds on a sheet of equal tiles, in rows. They do not touch: what one does depends on nothing but its subject.
class Mosaic {
public:
    /// The worlds before their first step. The rule outlives them. Ends the program if they have too many cells.
    /// Precondition: at least one subject.
    Mosaic(const MnistRule& rule, const std::vector<Subject>& subjects, const nca::StepOptions<MnistRule>& step,
           int concurrency);

    [[nodiscard]] int height() const noexcept { return rows_ * tile_height_; }
    [[nodiscard]] int width() const noexcept { return columns_ * tile_width_; }

    void step(nca::ThreadPool& threads);

    /// What the cells of one world say.
    [[nodiscard]] nca::mnist::Opinion opinion(std::size_t world) const;
    /// The sheet on white, one pixel per cell. `undecided`: see nca::mnist::Colours.
    [[nodiscard]] support::Image draw(float undecided) const;
    /// The channels of the sheet side by side, one pixel per cell: grey and hidden ones above, the ten votes below.
    /// Blue is negative, red positive, by the arc tangent of the value (article, "internal states").
    [[nodiscard]] support::Image draw_channels() const;
    /// The state of the sheet, [height][width][20]: zero around worlds that are smaller than their tile.
    [[nodiscard]] std::vector<float> state() const;

private:
    using World = nca::Simulation<MnistRule, nca::Dynamic, nca::Dynamic>;
    struct Place {
        int top;
        int left;
    };
    /// Worlds smaller than a tile stand in its middle.
    [[nodiscard]] Place place(std::size_t world) const;

    int tile_height_ = 1;
    int tile_width_ = 1;
    int rows_ = 1;
    int columns_ = 1;
    std::deque<World> worlds_{};
};

} // namespace program

#endif // NCA_EXAMPLES_NCA_MNIST_MOSAIC_HPP
