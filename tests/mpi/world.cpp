// SPDX-License-Identifier: Apache-2.0
// Steps a world on all ranks together and, on rank 0, by a simulation, and compares the states. Run by mpirun.
#include <nca/core/thread_pool.hpp>
#include <nca/mpi/world.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/rule.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

template <class R>
R random_rule() {
    R rule;
    rule.initialise(nca::Philox{4}, /*output_scale=*/0.1);
    return rule;
}

template <class T>
bool same_bits(const std::vector<T>& a, std::span<const T> b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), b.size_bytes()) == 0;
}

/// True on all ranks but the first, and there if the states after some steps are those of a simulation.
template <class R, int... Sizes>
bool is_one_world(const char* name, std::array<int, sizeof...(Sizes)> sizes, nca::Boundary boundary, double fire_rate,
                  int steps = 40) {
    using World = nca::mpi::World<R>;
    nca::StepOptions<R> options;
    options.boundary = boundary;
    options.fire_rate = fire_rate;
    const R rule = random_rule<R>();
    nca::Simulation<R, Sizes...> alone{rule, nca::Extents<Sizes...>{sizes}, /*seed=*/7};
    alone.set_options(options);
    auto start = alone.state();
    const nca::Philox random{3};
    for (std::size_t i = 0; i < start.values().size(); ++i) {
        // Some cells along the edges of slabs and of the world.
        const std::size_t cell = i / static_cast<std::size_t>(R::channels);
        if (cell % 7 == 0) start.values()[i] = static_cast<float>(random.uniform(i));
    }
    alone.load(start);
    auto world = World::create(rule, sizes, /*seed=*/7, options);
    if (!world) {
        std::fprintf(stderr, "%s\n", world.error().message.c_str());
        return false;
    }
    (*world)->load(start.values());
    nca::ThreadPool threads{2};
    (*world)->step(steps, threads);
    const auto found = (*world)->gather();
    if ((*world)->communicator().rank() != 0) return true;
    alone.step(steps);
    const auto expected = alone.state();
    const bool same = same_bits<float>(found, expected.values()) && alone.living_cells() > 0;
    if (!same) std::fprintf(stderr, "%s: another state than that of a simulation\n", name);
    return same;
}

} // namespace

int main(int argc, char** argv) {
    using namespace nca;
    using Creature = growing::Rule<8, 16, Clamp<2>>;
    using Texture = Rule<Channels<6>, Perception<Identity, SobelX, Laplacian>, Mlp<16>, Torus, Clamp<2>>;
    using Solid = Rule<Dimensions<3>, Channels<6>, Perception<Identity, SobelZ>, Mlp<16>, Clamp<2>, Alive<3>>;
    using Wide =
        Rule<Channels<6>, Perception<Identity, Dilated<2, SobelX>>, Mlp<16>, Clamp<2>, Alive<3>, LifeRadius<2>>;
    MPI_Init(&argc, &argv);
    bool same = true;
    for (const Boundary boundary : {Boundary::zero, Boundary::torus, Boundary::reflect}) {
        same &= is_one_world<Creature, Dynamic, Dynamic>("creatures", {33, 70}, boundary, 0.5);
        same &= is_one_world<Texture, Dynamic, Dynamic>("texture", {32, 20}, boundary, 0.5);
        same &= is_one_world<Solid, Dynamic, Dynamic, Dynamic>("solid", {17, 9, 12}, boundary, 1.0);
        same &= is_one_world<Wide, Dynamic, Dynamic>("wide", {40, 24}, boundary, 0.5);
    }
    same &= is_one_world<Creature, Dynamic, Dynamic>("large", {512, 512}, Boundary::torus, 0.5, /*steps=*/200);
    int failed = same ? 0 : 1;
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    MPI_Finalize();
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
