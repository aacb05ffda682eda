// SPDX-License-Identifier: Apache-2.0
// Digits and drawings side by side, each a world of its own.
#ifndef NCA_EXAMPLES_PROGRAM_MNIST_MOSAIC_HPP
#define NCA_EXAMPLES_PROGRAM_MNIST_MOSAIC_HPP

#include <nca/systems/adversarial/metrics.hpp>

#include "cell_world.hpp"
#include "drawing.hpp"
#include "film.hpp"
#include "model_file.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <support/image.hpp>
#include <utility>
#include <vector>

namespace program {

/// An image that cells are to classify, and the source of its random numbers.
struct Subject {
    Drawing drawing;
    nca::Philox random;
    std::string file{};         ///< of a drawing
    int index = 0;              ///< of a test digit
    std::optional<int> label{}; ///< of a test digit
};
/// A test digit, with the random numbers of an evaluation.
[[nodiscard]] Subject test_digit(const nca::mnist::Digits& digits, int index, std::uint64_t seed);

/// An attack on all digits of a mosaic.
struct DigitAttack {
    const MnistRule* adversary = nullptr;
    nca::adversarial::DigitEvaluation evaluation{};
};

/// Worlds on a sheet of equal tiles, in rows. They do not touch: what one does depends on nothing but its subject.
class Mosaic {
public:
    /// The worlds before their first step. The rules outlive them. Ends the program if they have too many cells.
    /// Preconditions: at least one subject; under attack all of them are test digits.
    Mosaic(const MnistRule& rule, std::vector<Subject> subjects, const nca::StepOptions<MnistRule>& step,
           const CellWorldOptions& options, const DigitAttack& attack = {});

    [[nodiscard]] int height() const noexcept { return rows_ * tile_height_; }
    [[nodiscard]] int width() const noexcept { return columns_ * tile_width_; }
    [[nodiscard]] const std::vector<Subject>& subjects() const noexcept { return subjects_; }

    void step(nca::ThreadPool& threads);

    /// The votes of the cells of one world.
    [[nodiscard]] nca::mnist::Prediction votes(std::size_t world) const;
    /// The sheet on white, one pixel per cell. Under attack, adversaries are red, and so is, faintly, the background of
    /// digits of which less than half of the cells vote for the label.
    [[nodiscard]] support::Image draw(const nca::mnist::Colours& colours) const;
    /// The channels of the sheet side by side, one pixel per cell: grey and hidden ones above, the ten votes below.
    /// Blue is negative, red positive, by the arc tangent of the value (article, "internal states").
    [[nodiscard]] support::Image draw_channels() const;
    /// The state of the sheet: zero around worlds that are smaller than their tile.
    [[nodiscard]] State state() const;

private:
    /// Top and left of a world. Those smaller than a tile lie in its middle.
    [[nodiscard]] std::pair<int, int> place(std::size_t world) const;
    void step_world(std::size_t world, nca::ThreadPool* threads);

    std::vector<Subject> subjects_;
    DigitAttack attack_;
    int tile_height_ = 1;
    int tile_width_ = 1;
    int rows_ = 1;
    int columns_ = 1;
    std::vector<std::unique_ptr<CellWorld<MnistRule>>> worlds_{};
    std::vector<nca::SpeciesMap> injected_{};
};

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_MNIST_MOSAIC_HPP
