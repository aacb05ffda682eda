// SPDX-License-Identifier: Apache-2.0
// Textures of 8 bits, compiled with NCA_DETERMINISTIC: a sum that is rounded otherwise may end in the next code, after
// which states part, so that this alone gives every machine, and a shader, the same states.
#include "texture_engine.hpp"

#if !defined(NCA_DETERMINISTIC)
#error "the build defines NCA_DETERMINISTIC for this source"
#endif

namespace program {

template <class R>
std::unique_ptr<TextureWorld> make_deterministic(const R& rule, const nca::StepOptions<R>& step,
                                                 const TextureOptions& options) {
    return std::make_unique<TextureEngine<R>>(rule, step, options);
}

using OnSquares = nca::texture::Rule<>;
using OnHexagons = decltype(nca::texture::on_hexagons(nca::texture::Rule<>{}));

template std::unique_ptr<TextureWorld> make_deterministic(const OnSquares&, const nca::StepOptions<OnSquares>&,
                                                          const TextureOptions&);
template std::unique_ptr<TextureWorld> make_deterministic(const OnHexagons&, const nca::StepOptions<OnHexagons>&,
                                                          const TextureOptions&);

} // namespace program
