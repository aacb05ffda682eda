// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_FROZEN_PARAMETERS_HPP
#define NCA_TRAIN_FROZEN_PARAMETERS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Parameters that a training leaves as they are.
namespace nca::inline NCA_ABI::detail {

/// Which numbers of a parameter block stay, bit for bit, whatever the optimiser does: weight decay, preconditioning and
/// running means change numbers whose gradient is zero.
template <class T>
class FrozenParameters {
public:
    /// None.
    FrozenParameters() = default;
    /// Those whose entry is 0. Precondition: one entry per parameter, padding included. Allocates.
    NCA_COLD FrozenParameters(std::span<const std::uint8_t> trained, std::size_t parameters) {
        NCA_ASSERT(trained.size() == parameters, "nca::Trainer: trained_parameters() has another size than the rule");
        for (std::size_t i = 0; i < trained.size() && i < parameters; ++i) {
            if (trained[i] == 0) list_.push_back(i);
        }
        kept_.resize(list_.size());
    }

    [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
    /// Zeroes their gradient.
    void clear(std::span<T> gradient) const noexcept {
        for (const std::size_t i : list_) gradient[i] = T(0);
    }
    /// Calls change(), after which they are in `parameters` what they were before.
    template <class Change>
    void keep(std::span<T> parameters, Change&& change) {
        for (std::size_t k = 0; k < list_.size(); ++k) kept_[k] = parameters[list_[k]];
        change();
        for (std::size_t k = 0; k < list_.size(); ++k) parameters[list_[k]] = kept_[k];
    }

private:
    std::vector<std::size_t> list_{};
    std::vector<T> kept_{};
};

} // namespace nca::inline NCA_ABI::detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_FROZEN_PARAMETERS_HPP
