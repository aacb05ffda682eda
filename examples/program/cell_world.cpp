// SPDX-License-Identifier: Apache-2.0
#include "cell_world.hpp"

#include "cell_engine.hpp"

namespace program {

/// In cell_world_deterministic.cpp.
template <class R>
std::unique_ptr<CellWorld<R>> make_deterministic(const R& rule, const R* adversary, int height, int width,
                                                 std::uint64_t seed, int concurrency);

template <class R>
std::unique_ptr<CellWorld<R>> make_cell_world(const R& rule, const R* adversary, int height, int width,
                                              std::uint64_t seed, const CellWorldOptions& options) {
    if (options.deterministic) {
        return make_deterministic(rule, adversary, height, width, seed, options.concurrency);
    }
    return std::make_unique<CellEngine<R>>(rule, adversary, height, width, seed, options.concurrency);
}

template std::unique_ptr<CellWorld<nca::growing::Rule<>>> make_cell_world(const nca::growing::Rule<>&,
                                                                          const nca::growing::Rule<>*, int, int,
                                                                          std::uint64_t, const CellWorldOptions&);
template std::unique_ptr<CellWorld<nca::mnist::Rule<>>>
make_cell_world(const nca::mnist::Rule<>&, const nca::mnist::Rule<>*, int, int, std::uint64_t, const CellWorldOptions&);

} // namespace program
