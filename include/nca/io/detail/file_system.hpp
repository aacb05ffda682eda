// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DETAIL_FILE_SYSTEM_HPP
#define NCA_IO_DETAIL_FILE_SYSTEM_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

// What file.hpp asks of the system, for Windows and for POSIX. Names are UTF-8. Functions that fail leave the cause in
// errno.

#if defined(_WIN32)
#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#include <sys/types.h>
struct _SECURITY_ATTRIBUTES;
#else
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace nca::inline NCA_ABI::detail::io {

/// What a name leads to, behind links.
struct FileStatus {
    bool is_folder = false;
    bool is_regular = false;
    bool is_pipe = false;
    std::uint64_t size = 0;
    unsigned mode = 0; ///< permissions
};

#if defined(_WIN32)

/// Declared here, as in <windows.h>, which would bring thousands of macros.
namespace win32 {

extern "C" {
__declspec(dllimport) void* __stdcall CreateFileW(const wchar_t*, unsigned long, unsigned long, _SECURITY_ATTRIBUTES*,
                                                  unsigned long, unsigned long, void*);
__declspec(dllimport) int __stdcall CloseHandle(void*);
__declspec(dllimport) unsigned long __stdcall GetFileType(void*);
__declspec(dllimport) unsigned long __stdcall GetLastError();
__declspec(dllimport) int __stdcall MoveFileExW(const wchar_t*, const wchar_t*, unsigned long);
__declspec(dllimport) void __stdcall Sleep(unsigned long);
__declspec(dllimport) int __stdcall MultiByteToWideChar(unsigned, unsigned long, const char*, int, wchar_t*, int);
}

} // namespace win32

inline constexpr const char* separators = "/\\:"; ///< what ends the folder of a name

/// In UTF-16; empty if it is not UTF-8.
NCA_COLD inline std::wstring wide(const std::string& path) {
    constexpr unsigned utf8 = 65001;
    constexpr unsigned long refuse_invalid = 8;
    const int size = static_cast<int>(path.size());
    std::wstring name(path.size(), L'\0'); // never longer than in UTF-8
    const int length = win32::MultiByteToWideChar(utf8, refuse_invalid, path.data(), size, name.data(), size);
    name.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return name;
}

NCA_COLD inline int errno_of(unsigned long error) noexcept {
    switch (error) {
    case 2:   // ERROR_FILE_NOT_FOUND
    case 3:   // ERROR_PATH_NOT_FOUND
    case 123: // ERROR_INVALID_NAME
    case 161: // ERROR_BAD_PATHNAME
        return ENOENT;
    case 5:  // ERROR_ACCESS_DENIED
    case 19: // ERROR_WRITE_PROTECT
    case 32: // ERROR_SHARING_VIOLATION
    case 33: // ERROR_LOCK_VIOLATION
        return EACCES;
    case 39:  // ERROR_HANDLE_DISK_FULL
    case 112: // ERROR_DISK_FULL
        return ENOSPC;
    case 206:
        return ENAMETOOLONG; // ERROR_FILENAME_EXCED_RANGE
    default:
        return EIO;
    }
}

/// False if there is none.
NCA_COLD inline bool read_status(const std::string& path, FileStatus& status) {
    struct _stat64 found {};
    if (::_wstat64(wide(path).c_str(), &found) != 0) return false;
    const unsigned type = found.st_mode & static_cast<unsigned>(_S_IFMT);
    status.is_folder = type == static_cast<unsigned>(_S_IFDIR);
    status.is_regular = type == static_cast<unsigned>(_S_IFREG);
    status.is_pipe = type == static_cast<unsigned>(_S_IFIFO);
    status.size = static_cast<std::uint64_t>(found.st_size);
    status.mode = found.st_mode & static_cast<unsigned>(_S_IREAD | _S_IWRITE);
    return true;
}

/// A stream; other programs may rename the file, and have it open to read.
NCA_COLD inline std::FILE* open_stream(const std::string& path, bool to_write) {
    constexpr unsigned long share_read = 1;
    constexpr unsigned long share_write = 2;
    constexpr unsigned long share_delete = 4;
    constexpr unsigned long generic_read = 0x80000000U;
    constexpr unsigned long generic_write = 0x40000000U;
    constexpr unsigned long create_always = 2;
    constexpr unsigned long open_existing = 3;
    constexpr unsigned long disk = 1;
    constexpr unsigned long pipe = 3;
    void* const file =
        win32::CreateFileW(wide(path).c_str(), to_write ? generic_write : generic_read,
                           to_write ? share_read | share_delete : share_read | share_write | share_delete, nullptr,
                           to_write ? create_always : open_existing, 0x80 /* FILE_ATTRIBUTE_NORMAL */, nullptr);
    if (reinterpret_cast<std::intptr_t>(file) == -1) {
        errno = errno_of(win32::GetLastError());
        return nullptr;
    }
    // Names such as NUL and COM1 are those of devices, in every folder.
    const unsigned long type = win32::GetFileType(file);
    if (type != disk && (to_write || type != pipe)) {
        win32::CloseHandle(file);
        errno = ENODEV;
        return nullptr;
    }
    const int descriptor = ::_open_osfhandle(reinterpret_cast<std::intptr_t>(file),
                                             (to_write ? _O_WRONLY : _O_RDONLY) | _O_BINARY | _O_NOINHERIT);
    if (descriptor < 0) {
        win32::CloseHandle(file);
        return nullptr;
    }
    std::FILE* const stream = ::_fdopen(descriptor, to_write ? "wb" : "rb");
    if (stream == nullptr) ::_close(descriptor);
    return stream;
}

NCA_COLD inline std::FILE* open_to_read(const std::string& path) {
    return open_stream(path, false);
}

/// An empty file that no other program can open to write, or a null pointer and errno. A file that a killed program has
/// left is used again; for anything else that is in the way, errno is EEXIST.
NCA_COLD inline std::FILE* open_temporary(const std::string& name) {
    std::FILE* const stream = open_stream(name, true);
    if (stream != nullptr) return stream;
    const int code = errno;
    FileStatus in_the_way;
    errno = code == EACCES && read_status(name, in_the_way) ? EEXIST : code;
    return nullptr;
}

NCA_COLD inline bool may_write(const std::string& /*path*/, const FileStatus& status) {
    errno = EACCES;
    return (status.mode & static_cast<unsigned>(_S_IWRITE)) != 0;
}
NCA_COLD inline std::string behind_links(std::string path) {
    return path;
}
NCA_COLD inline void copy_permissions(const FileStatus& /*from*/, std::FILE* /*to*/) {} // read-only is not replaced
NCA_COLD inline bool flush_to_disk(std::FILE* stream) {
    return ::_commit(::_fileno(stream)) == 0;
}
NCA_COLD inline bool rename_file(const std::string& from, const std::string& to) {
    constexpr unsigned long replace_existing = 1;
    constexpr unsigned long write_through = 8;
    // Whoever reads the target, such as a virus scanner, holds it for a moment.
    for (int attempt = 0; attempt < 20; ++attempt) {
        if (attempt > 0) win32::Sleep(10);
        if (win32::MoveFileExW(wide(from).c_str(), wide(to).c_str(), replace_existing | write_through) != 0)
            return true;
        errno = errno_of(win32::GetLastError());
        if (errno != EACCES) break;
    }
    return false;
}
NCA_COLD inline void remove_file(const std::string& path) {
    static_cast<void>(::_wremove(wide(path).c_str()));
}

#else

inline constexpr const char* separators = "/";

NCA_COLD inline bool read_status(const std::string& path, FileStatus& status) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return false;
    status.is_folder = S_ISDIR(found.st_mode);
    status.is_regular = S_ISREG(found.st_mode);
    status.is_pipe = S_ISFIFO(found.st_mode);
    status.size = static_cast<std::uint64_t>(found.st_size);
    status.mode = found.st_mode & 07777U;
    return true;
}

NCA_COLD inline std::FILE* open_to_read(const std::string& path) {
    return std::fopen(path.c_str(), "rb");
}

/// A locked, empty file, or a null pointer and errno. A file that a killed program has left is used again; one that
/// another program writes stays untouched, and errno is EEXIST.
NCA_COLD inline std::FILE* open_temporary(const std::string& name) {
    for (int race = 0; race < 16; ++race) {
        const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
        if (file < 0) {
            const int code = errno;
            struct stat in_the_way {};
            errno = ::lstat(name.c_str(), &in_the_way) == 0 ? EEXIST : code;
            return nullptr;
        }
        struct stat opened {};
        struct stat named {};
        // File systems without locks let two programs write in turn; the last one wins.
        const bool locked = ::flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
        if (!locked || ::fstat(file, &opened) != 0 || !S_ISREG(opened.st_mode)) {
            ::close(file);
            errno = EEXIST;
            return nullptr;
        }
        // Between the two calls another program can have given the file its final name.
        if (::lstat(name.c_str(), &named) == 0 && named.st_ino == opened.st_ino && named.st_dev == opened.st_dev) {
            if (::ftruncate(file, 0) == 0) {
                if (std::FILE* const stream = ::fdopen(file, "wb")) return stream;
            }
            const int code = errno;
            ::close(file);
            errno = code;
            return nullptr;
        }
        ::close(file);
    }
    errno = EEXIST;
    return nullptr;
}

NCA_COLD inline bool may_write(const std::string& path, const FileStatus& /*status*/) {
    return ::access(path.c_str(), W_OK) == 0;
}
/// The path behind symbolic links, also where the file that they lead to does not exist yet.
NCA_COLD inline std::string behind_links(std::string path) {
    for (int links = 0; links < 40; ++links) {
        char target[4096];
        const auto length = ::readlink(path.c_str(), target, sizeof target);
        if (length <= 0 || std::cmp_equal(length, sizeof target)) break;
        const std::size_t folder = target[0] == '/' ? 0 : path.rfind('/') + 1; // npos + 1 is 0
        path.resize(folder);
        path.append(target, static_cast<std::size_t>(length));
    }
    return path;
}
NCA_COLD inline void copy_permissions(const FileStatus& from, std::FILE* to) {
    static_cast<void>(::fchmod(::fileno(to), static_cast<mode_t>(from.mode)) != 0);
}
/// Without it a power failure could leave an empty file.
NCA_COLD inline bool flush_to_disk(std::FILE* stream) {
    // EINVAL, ENOTSUP: the file system lacks fsync.
    return ::fsync(::fileno(stream)) == 0 || errno == EINVAL || errno == ENOTSUP;
}
NCA_COLD inline bool rename_file(const std::string& from, const std::string& to) {
    return std::rename(from.c_str(), to.c_str()) == 0;
}
NCA_COLD inline void remove_file(const std::string& path) {
    std::remove(path.c_str());
}

#endif

} // namespace nca::inline NCA_ABI::detail::io

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_DETAIL_FILE_SYSTEM_HPP
