// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_FILE_HPP
#define NCA_IO_FILE_HPP

#include <nca/core/text.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#define NCA_IO_POSIX 1
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>
#else
#define NCA_IO_POSIX 0
#endif

namespace nca {

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
    std::size_t expected = 0;
#if NCA_IO_POSIX
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return detail::io::file_error("read", path, errno);
    if (S_ISDIR(status.st_mode)) return detail::io::file_error("read", path, EISDIR);
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode)) {
        return detail::io::file_error("read", path, "it is neither a file nor a pipe");
    }
    if (S_ISREG(status.st_mode)) {
        if (std::cmp_greater(status.st_size, max_bytes)) return too_large();
        expected = static_cast<std::size_t>(status.st_size);
    }
#endif
    errno = 0;
    std::FILE* stream = std::fopen(path.c_str(), "rb");
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

/// A file that is written completely or not at all: commit() flushes a temporary file in the same folder to disk and
/// renames it to `path`. (Systems other than POSIX may remove the old file just before.)
class AtomicFile {
public:
    /// Opens the temporary file. Errors: no such folder, no permission, or `path` is a folder or a device.
    [[nodiscard]] NCA_COLD static Result<AtomicFile> create(const std::string& path) {
        AtomicFile file;
        file.path_ = path;
        file.target_ = path;
        if (path.empty()) return detail::io::file_error("write", path, "the name is empty");
#if NCA_IO_POSIX
        struct stat status {};
        const bool exists = ::stat(path.c_str(), &status) == 0;
        if (exists) {
            // A rename would replace devices such as /dev/null, and files that their owner made read-only.
            if (S_ISDIR(status.st_mode)) return detail::io::file_error("write", path, EISDIR);
            if (!S_ISREG(status.st_mode))
                return detail::io::file_error("write", path, "it exists and is not a regular file");
            if (::access(path.c_str(), W_OK) != 0) return detail::io::file_error("write", path, errno);
            if (char* resolved = ::realpath(path.c_str(), nullptr)) {
                file.target_ = resolved;
                std::free(resolved);
            }
        }
#endif
        // "x" fails if the file exists, so two programs that write the same file do not share a temporary file.
        for (int attempt = 0; file.stream_ == nullptr; ++attempt) {
            std::string& temporary = file.stream_.get_deleter().path;
            temporary = file.target_ + ".tmp" + std::to_string(attempt);
            errno = 0;
            file.stream_.reset(std::fopen(temporary.c_str(), "wbx"));
            if (file.stream_ == nullptr && (errno != EEXIST || attempt == 999)) {
                return detail::io::file_error("write", path, errno);
            }
        }
#if NCA_IO_POSIX
        if (exists) static_cast<void>(::fchmod(::fileno(file.stream_.get()), status.st_mode & 07777U) != 0);
#endif
        return file;
    }

    /// Appends bytes. After a failure the temporary file is gone, and all later calls fail.
    [[nodiscard]] NCA_COLD Result<void> write(std::span<const std::byte> bytes) {
        if (stream_ == nullptr) return closed();
        errno = 0;
        if (bytes.empty() || std::fwrite(bytes.data(), 1, bytes.size(), stream_.get()) == bytes.size()) return {};
        return fail();
    }

    /// Gives the file its final name. Afterwards, even on failure, the object can only be destroyed.
    [[nodiscard]] NCA_COLD Result<void> commit() {
        if (stream_ == nullptr) return closed();
        errno = 0;
        if (std::fflush(stream_.get()) != 0) return fail();
#if NCA_IO_POSIX
        // Without it a power failure could leave an empty file. EINVAL, ENOTSUP: the file system lacks fsync.
        if (::fsync(::fileno(stream_.get())) != 0 && errno != EINVAL && errno != ENOTSUP) return fail();
#endif
        errno = 0;
        if (std::fclose(stream_.release()) != 0) return fail();
        errno = 0;
        const char* const temporary = stream_.get_deleter().path.c_str();
        bool renamed = std::rename(temporary, target_.c_str()) == 0;
#if !NCA_IO_POSIX
        // Elsewhere rename() may refuse to replace a file.
        renamed = renamed || (std::remove(target_.c_str()) == 0 && std::rename(temporary, target_.c_str()) == 0);
#endif
        if (!renamed) return fail();
        return {};
    }

private:
    struct Discard {
        std::string path; // of the temporary file

        void operator()(std::FILE* stream) const noexcept {
            std::fclose(stream);
            std::remove(path.c_str());
        }
    };

    AtomicFile() = default;

    NCA_COLD Error fail() {
        const int code = errno;
        if (stream_ == nullptr) std::remove(stream_.get_deleter().path.c_str());
        stream_.reset();
        return detail::io::file_error("write", path_, code);
    }
    Error closed() const {
        return detail::io::file_error("write", path_, "it was closed, or an earlier write failed");
    }

    std::string path_;   // as given, for messages
    std::string target_; // with symbolic links resolved, because a rename would replace the link
    std::unique_ptr<std::FILE, Discard> stream_;
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

} // namespace nca

#endif // NCA_IO_FILE_HPP
