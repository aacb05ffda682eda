// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_IMAGE_LOSS_HPP
#define NCA_SYSTEMS_TEXTURE_IMAGE_LOSS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/executor.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/philox.hpp>
#include <nca/systems/texture/presets.hpp>
#include <nca/systems/texture/rule.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/rollout.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace nca::inline NCA_ABI::texture::inline NCA_ISA {

/// An image in red, green and blue, 0 to 1.
using Image = Grid<float, 3, Dynamic, Dynamic>;

/// A loss of images, which textures are trained to minimise, and its gradient. Images are [height, width, 3], nominally
/// 0 to 1 and not clamped.
class ImageLoss {
public:
    /// The scratch memory of one evaluation; each thread has its own.
    class Scratch {
    public:
        virtual ~Scratch() = default;
    };

    virtual ~ImageLoss() = default;

    [[nodiscard]] int height() const noexcept { return height_; }
    [[nodiscard]] int width() const noexcept { return width_; }
    /// Identifies this loss in checkpoints.
    [[nodiscard]] virtual std::string identity() const = 0;
    /// Memory for one thread. Allocates.
    [[nodiscard]] virtual std::unique_ptr<Scratch> make_scratch() const = 0;
    /// Draws the random numbers of the loss, which all samples of a batch share, as a function of `random` alone. No
    /// evaluation may run at the same time.
    virtual void draw(const Philox& /*random*/, const ExecutorRef& /*executor*/) {}
    /// The loss of an image; its gradient overwrites `gradient` unless that is empty. Thread-safe if each thread has
    /// its own scratch.
    [[nodiscard]] virtual double evaluate(std::span<const float> image, std::span<float> gradient,
                                          Scratch& scratch) const = 0;

protected:
    ImageLoss(int height, int width) noexcept : height_{height}, width_{width} {}

private:
    int height_;
    int width_;
};

namespace isa_detail {

/// The gradient is computed along with the value and saved; the pullback multiplies it by the adjoint.
struct ImageLossOp {
    std::span<const float> gradient{};

    static constexpr const char* name = "image loss";

    static void pullback(const Pullback<float>& at) {
        const std::span<const float> gradient = at.saved<ImageLossOp>().gradient;
        const std::span<float> to = at.input_adjoint(0);
        for (std::size_t i = 0; i < to.size(); ++i) to[i] += at.adjoint()[0] * gradient[i];
    }
};

/// The scratch memory of a loss, attached to a tape.
struct TapeScratch {
    const ImageLoss* loss = nullptr;
    std::unique_ptr<ImageLoss::Scratch> memory{};
};

} // namespace isa_detail

/// The loss of the image rgb_scale * x + 1/2 of a state x, on the state's tape. The loss must outlive the tape.
template <class R>
[[nodiscard]] Var image_loss(const State<R>& state, const ImageLoss& loss) {
    constexpr auto scale = static_cast<float>(rgb_scale<R>);
    const Var colours = first_channels(state, 3);
    Tape& tape = colours.tape();
    const std::size_t size = colours.value().size();
    NCA_ASSERT(size == static_cast<std::size_t>(loss.height()) * static_cast<std::size_t>(loss.width()) * 3,
               "nca::texture::image_loss: the loss is for images of another size");
    auto& scratch = tape.attachment<isa_detail::TapeScratch>();
    if (scratch.loss != &loss) scratch = {&loss, loss.make_scratch()};
    const std::span<float> image{tape.memory().take<float>(size), size};
    const std::span<float> gradient{tape.memory().take<float>(size), size};
    for (std::size_t i = 0; i < size; ++i) image[i] = scale * colours.value()[i] + 0.5F;
    const double value = loss.evaluate(image, gradient, *scratch.memory);
    for (float& g : gradient) g *= scale;
    const Var result = tape.record<isa_detail::ImageLossOp>(Shape{}, {colours}, isa_detail::ImageLossOp{gradient});
    result.value()[0] = static_cast<float>(value);
    return result;
}

} // namespace nca::inline NCA_ABI::texture::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_IMAGE_LOSS_HPP
