// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_PROGRAM_PORTRAIT_HPP
#define NCA_EXAMPLES_PROGRAM_PORTRAIT_HPP

#include "creature.hpp"

#include <cstddef>
#include <support/image.hpp>
#include <support/target.hpp>
#include <vector>

namespace program {

/// What a trained creature looks like.
struct Portrait {
    support::Image film;              ///< a strip: growth, and regrowth after a hole is cut
    std::vector<std::byte> animation; ///< the same as an animated WebP
};

/// Grows a creature from the seed on the grid of its target, cuts a hole at step 200 and lets it regrow until step 400.
[[nodiscard]] Portrait make_portrait(const Rule& rule, const support::Target& target, double fire_rate);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_PORTRAIT_HPP
