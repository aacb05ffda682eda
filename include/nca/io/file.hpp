// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_FILE_HPP
#define NCA_IO_FILE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/hash.hpp>
#include <nca/core/text.hpp>
#include <nca/io/detail/file_system.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI {

namespace detail::io {

/// "cannot read 'lizard.json': no such file". Common causes have a message of their own, others that of the system.
NCA_COLD inline Error file_error(std::string_view action, const std::string& path, std::string_view reason) {
    return Error{"cannot " + std::string{action} + " " + quote_path(path) + ": " + std::string{reason}};
}
NCA_COLD inline Error file_error(std::string_view action, const std::string& path, int code) {
    if (code == ENOENT || code == ENOTDIR) {
        return file_error(action, path, action == "read" ? "no such file" : "its folder does not exist");
    }
    if (code == EACCES || code == EPERM) return file_error(action, path, "permission denied");
    if (code == EISDIR) return file_error(action, path, "it is a folder");
    if (code == ENODEV) {
        return file_error(action, path,
                          action == "read" ? "it is neither a file nor a pipe" : "it exists and is not a regular file");
    }
    if (code == ENOSPC) return file_error(action, path, "the disk is full");
    return file_error(action, path, code == 0 ? "unknown reason" : std::generic_category().message(code));
}

} // namespace detail::io

[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span{text.data(), text.size()});
}
/// Bytes as characters; the encoding is not checked.
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The default limit of read_file(): 4 GiB less one byte.
inline constexpr std::size_t max_file_bytes = 0xFFFFFFFFU;

/// Reads a whole file or pipe. Errors: missing, a folder or a device, no permission, larger than `max_bytes`.
[[nodiscard]] NCA_COLD inline Result<std::vector<std::byte>> read_file(const std::string& path,
                                                                       std::size_t max_bytes = max_file_bytes) {
    const auto too_large = [&] {
        return detail::io::file_error("read", path, "it is larger than " + std::to_string(max_bytes) + " bytes");
    };
    detail::io::FileStatus status;
    if (!detail::io::read_status(path, status)) return detail::io::file_error("read", path, errno);
    if (status.is_folder) return detail::io::file_error("read", path, EISDIR);
    if (!status.is_regular && !status.is_pipe) return detail::io::file_error("read", path, ENODEV);
    if (status.is_regular && std::cmp_greater(status.size, max_bytes)) return too_large();
    const std::size_t expected = status.is_regular ? status.size & ~std::size_t{0} : 0; // is in range
    errno = 0;
    std::FILE* stream = detail::io::open_to_read(path);
    if (stream == nullptr) return detail::io::file_error("read", path, errno);

    // The size is a hint (0 for pipes and /proc). With one byte more, the first read reaches the end.
    std::vector<std::byte> bytes(std::max<std::size_t>(expected + 1, 4096));
    std::size_t used = 0;
    bool failed = false;
    while (true) {
        errno = 0;
        used += std::fread(bytes.data() + used, 1, bytes.size() - used, stream);
        failed = std::ferror(stream) != 0;
        if (failed || used < bytes.size() || used > max_bytes) break;
        bytes.resize(bytes.size() * 2);
    }
    const int code = errno;
    std::fclose(stream);
    if (failed) return detail::io::file_error("read", path, code);
    if (used > max_bytes) return too_large();
    bytes.resize(used);
    return bytes;
}

namespace detail::io {

/// The name of a temporary file beside `target`; a short one, made of a hash, where names may not be longer.
NCA_COLD inline std::string temporary_name(const std::string& target, int attempt, bool is_short) {
    const std::size_t folder = target.find_last_of(separators) + 1; // npos + 1 is 0
    std::string name = target;
    if (is_short) {
        Fnv1a hash;
        for (std::size_t i = folder; i < target.size(); ++i) hash.add(static_cast<unsigned char>(target[i]));
        name.resize(folder);
        name.append(".nca-").append(std::to_string(hash.value()));
    }
    name.append(".tmp");
    if (attempt > 0) name.append(std::to_string(attempt));
    return name;
}

} // namespace detail::io

/// A file that is written completely or not at all: commit() flushes a temporary file in the same folder to disk and
/// renames it to `path`. Symbolic links are followed (Windows: replaced); another hard link keeps the old content. The
/// temporary file of a program that was killed is used again by the next one. Windows: a file that another program
/// keeps open may not be replaceable.
class AtomicFile {
public:
    /// Opens the temporary file. Errors: no such folder, no permission, or `path` is a folder or a device.
    [[nodiscard]] NCA_COLD static Result<AtomicFile> create(const std::string& path) {
        AtomicFile file;
        file.path_ = path;
        if (path.empty()) return detail::io::file_error("write", path, "the name is empty");
        file.target_ = detail::io::behind_links(path);
        detail::io::FileStatus status;
        const bool exists = detail::io::read_status(path, status);
        if (exists) {
            // A rename would replace devices such as /dev/null, and files that their owner made read-only.
            if (status.is_folder) return detail::io::file_error("write", path, EISDIR);
            if (!status.is_regular) return detail::io::file_error("write", path, ENODEV);
            if (!detail::io::may_write(path, status)) return detail::io::file_error("write", path, errno);
        } else if (errno != ENOENT) {
            return detail::io::file_error("write", path, errno);
        }
        bool is_short = false;
        for (int attempt = 0; file.stream_ == nullptr; ++attempt) {
            file.temporary_ = detail::io::temporary_name(file.target_, attempt, is_short);
            errno = 0;
            file.stream_ = detail::io::open_temporary(file.temporary_);
            if (file.stream_ != nullptr) break;
            if (errno == ENAMETOOLONG && !is_short) {
                is_short = true;
                attempt = -1;
            } else if (errno != EEXIST || attempt == 99) {
                return detail::io::file_error("write", path, errno);
            }
        }
        if (exists) detail::io::copy_permissions(status, file.stream_);
        return file;
    }

    AtomicFile(AtomicFile&& other) noexcept
        : path_{std::move(other.path_)}, target_{std::move(other.target_)},
          temporary_{std::move(other.temporary_)}, stream_{std::exchange(other.stream_, nullptr)} {}
    AtomicFile& operator=(AtomicFile&& other) noexcept {
        if (this != &other) {
            discard();
            path_ = std::move(other.path_);
            target_ = std::move(other.target_);
            temporary_ = std::move(other.temporary_);
            stream_ = std::exchange(other.stream_, nullptr);
        }
        return *this;
    }
    /// Removes the temporary file.
    NCA_COLD ~AtomicFile() { discard(); }

    /// Appends bytes. After a failure the temporary file is gone, and all later calls fail.
    [[nodiscard]] NCA_COLD Result<void> write(std::span<const std::byte> bytes) {
        if (stream_ == nullptr) return closed();
        errno = 0;
        if (bytes.empty() || std::fwrite(bytes.data(), 1, bytes.size(), stream_) == bytes.size()) return {};
        return fail();
    }

    /// Gives the file its final name. Afterwards, even on failure, the object can only be destroyed.
    [[nodiscard]] NCA_COLD Result<void> commit() {
        if (stream_ == nullptr) return closed();
        errno = 0;
        if (std::fflush(stream_) != 0 || !detail::io::flush_to_disk(stream_)) return fail();
        // Renamed while it is open, and so locked: another program cannot begin to write it before.
        if (!detail::io::rename_file(temporary_, target_)) return fail();
        std::fclose(std::exchange(stream_, nullptr));
        return {};
    }

private:
    AtomicFile() = default;

    NCA_COLD void discard() noexcept {
        if (stream_ == nullptr) return;
        detail::io::remove_file(temporary_); // while it is locked
        std::fclose(std::exchange(stream_, nullptr));
    }
    NCA_COLD Error fail() {
        const int code = errno;
        discard();
        return detail::io::file_error("write", path_, code);
    }
    Error closed() const { return detail::io::file_error("write", path_, "it was closed, or an earlier write failed"); }

    std::string path_;      // as given, for messages
    std::string target_;    // behind symbolic links, because a rename would replace the link
    std::string temporary_; // beside the target
    std::FILE* stream_ = nullptr;
};

/// Writes the concatenation of `parts`, completely or not at all; see AtomicFile.
[[nodiscard]] NCA_COLD inline Result<void> write_file_atomically(const std::string& path,
                                                                 std::span<const std::span<const std::byte>> parts) {
    Result<AtomicFile> file = AtomicFile::create(path);
    if (!file) return file.error();
    for (const std::span<const std::byte> part : parts) {
        if (Result<void> written = file->write(part); !written) return written;
    }
    return file->commit();
}
/// Writes a file completely or not at all; see AtomicFile.
[[nodiscard]] NCA_COLD inline Result<void> write_file_atomically(const std::string& path,
                                                                 std::span<const std::byte> bytes) {
    return write_file_atomically(path, std::span<const std::span<const std::byte>>{&bytes, 1});
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_FILE_HPP
