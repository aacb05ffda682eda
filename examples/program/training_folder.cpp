// SPDX-License-Identifier: Apache-2.0
#include "training_folder.hpp"

#include "posix.hpp"
#include "program.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace program {

TrainingFolder::TrainingFolder(const std::string& path, bool exists) : path_{path} {
    std::error_code error;
    if (!exists) std::filesystem::create_directories(path, error);
    if (!exists && !std::filesystem::is_directory(path)) {
        const std::string reason = error ? error.message() : "it is not a folder";
        throw Failure{"--out " + nca::quote_path(path) + ": " + reason};
    }
#if NCA_PROGRAM_POSIX
    lock_ = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_ >= 0 && ::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        ::close(lock_);
        throw Failure{"--out " + nca::quote_path(path) + ": another training writes into this folder now"};
    }
#endif
}

TrainingFolder::~TrainingFolder() {
#if NCA_PROGRAM_POSIX
    if (lock_ >= 0) ::close(lock_);
#endif
}

std::string TrainingFolder::file(const std::string& name) const {
    return (std::filesystem::path{path_} / name).string();
}

void TrainingFolder::require_absent(const std::string& path) const {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return;
    throw Failure{"--out " + nca::quote_path(path_) + " holds a training (" +
                  std::filesystem::path{path}.filename().string() +
                  "): continue it with --resume, replace it with --overwrite, or choose another folder"};
}

} // namespace program
