// SPDX-License-Identifier: Apache-2.0
#include <nca/cell/description.hpp>

struct Mine {
#ifdef NCA_COMPILE_FAIL
    static constexpr std::string_view name = "sobel_x";
#else
    static constexpr std::string_view name = "mine";
#endif
    static constexpr double weight(int /*rank*/, int neighbour) noexcept { return neighbour; }
};

bool described() {
    return !nca::describe<nca::Rule<nca::Channels<4>, nca::Perception<Mine>>>().empty();
}
