// SPDX-License-Identifier: Apache-2.0
// What tests of trainings ask of a trainer.
#ifndef NCA_TESTS_COMMON_TRAINER_CHECKS_HPP
#define NCA_TESTS_COMMON_TRAINER_CHECKS_HPP

#include <doctest/doctest.h>

#include <io/temporary.hpp>
#include <string>
#include <vector>

namespace nca::tests {

template <class Trainer>
std::vector<float> parameters_of(const Trainer& trainer) {
    return {trainer.rule().parameters().begin(), trainer.rule().parameters().end()};
}

/// Checks that a trainer that has not begun refuses a checkpoint with a message that has `word` in it, and stays as it
/// is.
template <class Trainer>
void check_refuses(Trainer&& trainer, const std::string& checkpoint, const std::string& word) {
    const auto before = parameters_of(trainer);
    const auto result = trainer.resume(checkpoint);
    REQUIRE(!result.ok());
    NCA_CHECK_MESSAGE_HAS(result.error().message, word);
    CHECK(parameters_of(trainer) == before);
    CHECK(trainer.iteration() == 0);
}

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_TRAINER_CHECKS_HPP
