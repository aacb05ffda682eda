// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_MNIST_FILES_HPP
#define NCA_EXAMPLES_SUPPORT_MNIST_FILES_HPP

#include <nca/core/result.hpp>

#include <filesystem>

namespace support {

/// The IDX files of a set of digits.
struct DigitFiles {
    std::filesystem::path images{};
    std::filesystem::path labels{};
    bool transposed = false; ///< images are stored column by column, as those of EMNIST
};

/// The files of the training set, or of the test set, as popular downloads leave them in a folder: under the names of
/// MNIST, EMNIST or QMNIST, gzipped or not, each in a folder of its own name (Kaggle) or all below MNIST/raw
/// (torchvision). MNIST goes before other data sets. Errors: a missing file, with the names that were looked for;
/// several other data sets.
[[nodiscard]] nca::Result<DigitFiles> find_digit_files(const std::filesystem::path& folder, bool train);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_MNIST_FILES_HPP
