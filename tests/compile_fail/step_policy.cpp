// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
using Keep = nca::keep_every<4>;
#else
using Keep = nca::keep_all;
#endif
using R = nca::growing::Rule<>;
nca::State<R> next(const nca::Weights<R>& weights, const nca::State<R>& state) {
    return nca::step<Keep>(weights, state, nca::FireMask{nca::Philox{1}, 0, 0.5});
}
