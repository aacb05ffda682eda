// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_MNIST_DATA_HPP
#define NCA_EXAMPLES_SUPPORT_MNIST_DATA_HPP

#include <nca/core/result.hpp>
#include <nca/systems/mnist/digits.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace support {

/// The training set (60,000 digits of MNIST), or the test set (10,000), of a folder as find_digit_files() searches it.
/// Without a folder: that of the variable NCA_MNIST, else `mnist` in that of NCA_DATA, else a known place. Errors: a
/// missing file, with where to get it; one that is damaged; labels that do not match the images.
[[nodiscard]] nca::Result<nca::mnist::Digits> load_digits(const std::string& folder, bool train);

/// The decompressed bytes of a gzip file, or the bytes themselves if they are not gzipped; `file_name` begins every
/// message. Errors: damaged or truncated data, more than `most` bytes.
[[nodiscard]] nca::Result<std::vector<std::byte>> gunzip(std::vector<std::byte> bytes, const std::string& file_name,
                                                         std::size_t most = std::size_t{1} << 28U);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_MNIST_DATA_HPP
