// SPDX-License-Identifier: Apache-2.0
#include "cell_world.hpp"

#include <vector>

namespace program {

template <class R>
CellWorld<R>::CellWorld(const R& rule, const R* adversary, int height, int width, std::uint64_t seed, int concurrency)
    : community_{adversary == nullptr ? std::vector{nca::borrow(rule)}
                                      : std::vector{nca::borrow(rule), nca::borrow(*adversary)},
                 nca::Extents<nca::Dynamic, nca::Dynamic>{{height, width}}, seed, concurrency} {}

template <class R>
void CellWorld<R>::step(bool with_adversaries, nca::ThreadPool* threads, const nca::Perturbation<R>* perturbation,
                        nca::PerturbationOrder order) {
    nca::SerialExecutor serial;
    const nca::ExecutorRef executor = threads != nullptr ? nca::ExecutorRef{*threads} : nca::ExecutorRef{serial};
    const auto plain = [&] {
        if (with_adversaries) {
            community_.step(executor);
        } else {
            world().step(executor);
        }
    };
    if constexpr (R::has_life) {
        if (perturbation != nullptr) return nca::perturbed_step(world(), *perturbation, order, plain);
    }
    plain();
}

template <class R>
void CellWorld<R>::draw(std::span<std::uint8_t> rgba, std::size_t stride, const Colours& colours,
                        nca::Colour background) const {
    const bool drawn = world().rgba(rgba, {.stride = stride, .background = background}, colours);
    NCA_ASSERT(drawn, "program::CellWorld: too little memory for the image");
    static_cast<void>(drawn);
}

template class CellWorld<nca::growing::Rule<>>;
template class CellWorld<nca::mnist::Rule<>>;

} // namespace program
