// SPDX-License-Identifier: Apache-2.0
// How our sides of bench/compare.sh take times.
#ifndef NCA_BENCH_COMPARE_HPP
#define NCA_BENCH_COMPARE_HPP

#include <nca/io/json.hpp>

#include "roofline.hpp"

namespace bench {

/// Milliseconds of every call of `work` after `warm_up` of them.
template <class F>
[[nodiscard]] nca::Json times(int warm_up, int count, F&& work) {
    nca::Json::Array list;
    for (int i = 0; i < warm_up + count; ++i) {
        const double start = wall_seconds();
        work(i);
        const double seconds = wall_seconds() - start;
        if (i >= warm_up) list.emplace_back(1e3 * seconds);
    }
    return list;
}

} // namespace bench

#endif // NCA_BENCH_COMPARE_HPP
