// SPDX-License-Identifier: Apache-2.0
// The engines of cell_world.cpp, compiled with NCA_DETERMINISTIC.
#include "cell_engine.hpp"

#if !defined(NCA_DETERMINISTIC)
#error "the build defines NCA_DETERMINISTIC for this source"
#endif

namespace program {

template <class R>
std::unique_ptr<CellWorld<R>> make_deterministic(const R& rule, const R* adversary, int height, int width,
                                                 std::uint64_t seed, int concurrency) {
    return std::make_unique<CellEngine<R>>(rule, adversary, height, width, seed, concurrency);
}

template std::unique_ptr<CellWorld<nca::growing::Rule<>>>
make_deterministic(const nca::growing::Rule<>&, const nca::growing::Rule<>*, int, int, std::uint64_t, int);
template std::unique_ptr<CellWorld<nca::mnist::Rule<>>>
make_deterministic(const nca::mnist::Rule<>&, const nca::mnist::Rule<>*, int, int, std::uint64_t, int);

} // namespace program
