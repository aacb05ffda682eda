// SPDX-License-Identifier: Apache-2.0
// The members of CellWorld, for the one file that instantiates them for a rule.
#ifndef NCA_EXAMPLES_PROGRAM_CELL_WORLD_ENGINE_HPP
#define NCA_EXAMPLES_PROGRAM_CELL_WORLD_ENGINE_HPP

#include <nca/run/community.hpp>

#include "cell_world.hpp"

#include <vector>

namespace program {

template <class R>
struct CellWorld<R>::Engine {
    using Community = nca::Community<R, nca::Dynamic, nca::Dynamic>;

    Engine(const R& rule, const R* adversary, int height, int width, std::uint64_t seed, int concurrency)
        : community{rules_of(rule, adversary), typename Community::World::Shape{{height, width}}, seed, concurrency} {}

    static std::vector<nca::Borrowed<R>> rules_of(const R& rule, const R* adversary) {
        std::vector<nca::Borrowed<R>> rules{nca::borrow(rule)};
        if (adversary != nullptr) rules.push_back(nca::borrow(*adversary));
        return rules;
    }
    void step(bool with_adversaries, nca::ThreadPool* threads) {
        nca::SerialExecutor serial;
        const nca::ExecutorRef executor = threads != nullptr ? nca::ExecutorRef{*threads} : nca::ExecutorRef{serial};
        if (with_adversaries) {
            community.step(executor);
        } else {
            community.world().step(executor);
        }
    }

    Community community;
};

template <class R>
CellWorld<R>::CellWorld(const R& rule, const R* adversary, int height, int width, std::uint64_t seed, int concurrency)
    : engine_{std::make_unique<Engine>(rule, adversary, height, width, seed, concurrency)} {}
template <class R>
CellWorld<R>::CellWorld(CellWorld&&) noexcept = default;
template <class R>
CellWorld<R>& CellWorld<R>::operator=(CellWorld&&) noexcept = default;
template <class R>
CellWorld<R>::~CellWorld() = default;

template <class R>
int CellWorld<R>::height() const noexcept {
    return engine_->community.world().extents()[0];
}
template <class R>
int CellWorld<R>::width() const noexcept {
    return engine_->community.world().extents()[1];
}
template <class R>
long CellWorld<R>::steps() const noexcept {
    return static_cast<long>(engine_->community.world().steps());
}
template <class R>
int CellWorld<R>::living_cells() const noexcept {
    return engine_->community.world().living_cells();
}
template <class R>
const nca::StepOptions<R>& CellWorld<R>::options() const noexcept {
    return engine_->community.world().options();
}
template <class R>
void CellWorld<R>::set_options(const nca::StepOptions<R>& options) {
    engine_->community.world().set_options(options);
}

template <class R>
nca::SpeciesMap& CellWorld<R>::species() noexcept {
    return engine_->community.species();
}
template <class R>
const nca::SpeciesMap& CellWorld<R>::species() const noexcept {
    return engine_->community.species();
}
template <class R>
void CellWorld<R>::settle(int species, double radius, double x, double y) {
    engine_->community.settle(species, radius, x, y);
}

template <class R>
void CellWorld<R>::step(bool with_adversaries, nca::ThreadPool* threads) {
    engine_->step(with_adversaries, threads);
}
template <class R>
void CellWorld<R>::step(bool with_adversaries, nca::ThreadPool* threads, const nca::Perturbation<R>& perturbation,
                        nca::PerturbationOrder order) requires(R::has_life) {
    nca::perturbed_step(engine_->community.world(), perturbation, order,
                        [&] { engine_->step(with_adversaries, threads); });
}

template <class R>
typename CellWorld<R>::Grid CellWorld<R>::state() const {
    return engine_->community.world().state();
}
template <class R>
void CellWorld<R>::load(const Grid& state) {
    engine_->community.world().load(state);
}
template <class R>
void CellWorld<R>::plant(int x, int y) requires(R::has_life) {
    engine_->community.world().plant(x, y);
}
template <class R>
void CellWorld<R>::erase(double radius, double x, double y) {
    engine_->community.world().erase(radius, x, y);
}
template <class R>
void CellWorld<R>::clear() {
    engine_->community.world().clear();
}

template <class R>
void CellWorld<R>::draw(std::span<std::uint8_t> rgba, std::size_t stride, const Colours& colours,
                        nca::Colour background) const {
    const bool drawn = engine_->community.world().rgba(rgba, {.stride = stride, .background = background}, colours);
    NCA_ASSERT(drawn, "program::CellWorld: too little memory for the image");
    static_cast<void>(drawn);
}

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_CELL_WORLD_ENGINE_HPP
