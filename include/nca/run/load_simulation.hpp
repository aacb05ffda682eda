// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_LOAD_SIMULATION_HPP
#define NCA_RUN_LOAD_SIMULATION_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/result.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

/// A model file of any rule as a simulation.
namespace nca::inline NCA_ABI {

/// How load_simulation() sets up a simulation.
struct SimulationOptions {
    std::uint64_t seed = 0; ///< of fire masks and noise
    Reserve reserve{};
};

} // namespace nca::inline NCA_ABI

namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

template <int Rank, int... Axis>
Simulation<DynamicRule<Rank>, (Axis >= 0 ? Dynamic : 0)...> dynamic_simulation(std::integer_sequence<int, Axis...>);

} // namespace isa_detail

/// A simulation of any rule on a grid of Rank dimensions, all known only at run time.
template <int Rank>
using DynamicSimulation = decltype(isa_detail::dynamic_simulation<Rank>(std::make_integer_sequence<int, Rank>{}));

/// A simulation of the rule in a model file, all cells zero, run as the file says: fire rate, boundary, noise. Extents,
/// slowest first, say how many dimensions the rule has:
///
///     auto world = nca::load_simulation("lizard.safetensors", {72, 72}, {.seed = 7});
///     if (!world) return fail(world.error().message);
///     world->plant(36, 36);
///
/// Precondition: extents are positive. Errors: those of read_safetensors() and model_from(); no `nca.format`; a rule of
/// other dimensions. Allocates.
template <std::size_t Rank>
[[nodiscard]] NCA_COLD auto load_simulation(const std::string& path, const int (&extents)[Rank],
                                            const SimulationOptions& options = {})
    -> Result<DynamicSimulation<static_cast<int>(Rank)>> {
    using World = DynamicSimulation<static_cast<int>(Rank)>;
    const auto file = read_safetensors(path);
    if (!file) return file.error();
    auto model = model_from<DynamicRule<static_cast<int>(Rank)>>(*file);
    if (!model) return model.error();
    World world{std::move(model->rule), typename World::Shape{std::to_array(extents)}, options.seed, options.reserve};
    world.set_options(model->options);
    return world;
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_LOAD_SIMULATION_HPP
