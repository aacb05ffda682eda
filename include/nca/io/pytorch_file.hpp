// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_PYTORCH_FILE_HPP
#define NCA_IO_PYTORCH_FILE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/text.hpp>
#include <nca/io/file.hpp>
#include <nca/io/stored_tensor.hpp>

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What torch.save() writes since PyTorch 1.6: a zip archive without compression.
//   model/data.pkl   a pickle: dictionaries of tensors, which refer to storages
//   model/data/0     the elements of a storage
// The pickle is read by a machine that knows tensors only: nothing in the file is run.

namespace nca::inline NCA_ABI {

class PytorchFile;

namespace detail::io {
class PytorchParser;
}

/// True for bytes that claim to be of PyTorch: a zip archive, or a pickle, as PyTorch wrote before 1.6.
[[nodiscard]] NCA_COLD inline bool looks_like_pytorch(std::span<const std::byte> bytes) noexcept;

/// Parses a .pt or .pth file into tensors that are views of `bytes`, or copies where they are not contiguous. Names of
/// nested dictionaries are joined by dots; numbers, texts and flags are skipped. Errors, starting with `file_name`: an
/// archive or a pickle that is damaged, compressed, or asks for more than tensors.
[[nodiscard]] NCA_COLD inline Result<PytorchFile> parse_pytorch(std::span<const std::byte> bytes,
                                                                std::string_view file_name = {});
/// The same of bytes that the result then owns.
[[nodiscard]] NCA_COLD inline Result<PytorchFile> parse_pytorch(std::vector<std::byte>&& bytes,
                                                                std::string_view file_name = {});

/// Reads a .pt or .pth file; the result owns its bytes. Errors: those of read_file() and parse_pytorch().
[[nodiscard]] NCA_COLD inline Result<PytorchFile> read_pytorch(const std::string& path);

/// The tensors of a PyTorch file, fully validated. Move-only, because the tensors are views.
class PytorchFile {
public:
    PytorchFile() = default;
    PytorchFile(PytorchFile&&) noexcept = default;
    PytorchFile& operator=(PytorchFile&&) noexcept = default;

    /// For messages; empty if the file was parsed from memory without a name.
    [[nodiscard]] const std::string& file_name() const noexcept { return file_name_; }
    /// In the order of the file.
    [[nodiscard]] std::span<const StoredTensor> tensors() const noexcept { return tensors_; }

    /// The tensor with that name, or nullptr. Linear in the number of tensors.
    [[nodiscard]] const StoredTensor* find(std::string_view name) const noexcept {
        for (const StoredTensor& tensor : tensors_) {
            if (tensor.name == name) return &tensor;
        }
        return nullptr;
    }

private:
    friend class detail::io::PytorchParser;
    friend Result<PytorchFile> parse_pytorch(std::vector<std::byte>&& bytes, std::string_view file_name);

    std::string file_name_;
    std::vector<std::byte> storage_; // empty if the bytes belong to the caller
    std::deque<std::vector<std::byte>> copies_;
    std::vector<StoredTensor> tensors_;
};

} // namespace nca::inline NCA_ABI

#include <nca/io/detail/pytorch_format.hpp>

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_PYTORCH_FILE_HPP
