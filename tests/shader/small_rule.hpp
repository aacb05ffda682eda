// SPDX-License-Identifier: Apache-2.0
// The rule that the tests of shaders vary.
#ifndef NCA_TESTS_SHADER_SMALL_RULE_HPP
#define NCA_TESTS_SHADER_SMALL_RULE_HPP

#include <nca/cell/rule_description.hpp>

namespace nca::tests {

/// Six channels, three fixed filters, eight hidden values.
inline RuleDescription small_rule() {
    RuleDescription description;
    description.channels = 6;
    description.hidden = {8};
    for (const char* const name : {"identity", "sobel_x", "sobel_y"}) {
        description.filters.push_back(*FilterDescription::named(name, 2));
    }
    return description;
}

} // namespace nca::tests

#endif // NCA_TESTS_SHADER_SMALL_RULE_HPP
