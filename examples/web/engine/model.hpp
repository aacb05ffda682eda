// SPDX-License-Identifier: Apache-2.0
// Matrices that perturb states, as a model.
#ifndef NCA_EXAMPLES_WEB_MODEL_HPP
#define NCA_EXAMPLES_WEB_MODEL_HPP

#include <nca/cell/perturbation.hpp>

#include "engine.hpp"

namespace web {

struct MatrixModel final : Model {
    std::vector<std::pair<std::string, nca::Perturbation<CreatureRule>>> matrices{};
};

} // namespace web

#endif // NCA_EXAMPLES_WEB_MODEL_HPP
