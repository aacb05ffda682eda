// SPDX-License-Identifier: Apache-2.0
// Apart from the header, because the rule's kernels take long to compile.
#include "files.hpp"

#include <nca/run/model_file.hpp>
#include <nca/systems/growing/rule.hpp>

#include <common/rules.hpp>

namespace nca::tests {

State dense_state(int height, int width) {
    return {static_cast<std::size_t>(height), static_cast<std::size_t>(width),
            random_state<growing::Rule<>>(height * width, 1)};
}

void write_model(const std::string& path, const StoredMetadata& notes, double scale) {
    REQUIRE(save_model(random_rule<growing::Rule<>>(5, scale), path, notes).ok());
}

} // namespace nca::tests
