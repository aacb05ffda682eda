// SPDX-License-Identifier: Apache-2.0
#include "child.hpp"

#include "posix.hpp"
#include "program.hpp"

#if NCA_PROGRAM_POSIX
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#if defined(__APPLE__)
#include <mach-o/dyld.h>
#endif

extern char** environ; // NOLINT(readability-redundant-declaration)
#endif

namespace program {

#if NCA_PROGRAM_POSIX

namespace {

/// The file of this program.
std::string own_file() {
#if defined(__APPLE__)
    std::string path(4096, '\0');
    auto size = static_cast<std::uint32_t>(path.size());
    if (_NSGetExecutablePath(path.data(), &size) == 0) return path.c_str();
#endif
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) throw Failure{"the file of this program cannot be found: " + error.message()};
    return path.string();
}

class FileActions {
public:
    FileActions() { ::posix_spawn_file_actions_init(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }

    void open(int stream, const char* path, int flags) {
        ::posix_spawn_file_actions_addopen(&actions_, stream, path, flags, 0666);
    }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

} // namespace

bool can_start_children() noexcept {
    return true;
}

Child::Child(const std::vector<std::string>& arguments, const std::string& output, const std::string& log) {
    const std::string file = own_file();
    std::vector<std::string> words{file};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    FileActions actions;
    actions.open(STDIN_FILENO, "/dev/null", O_RDONLY);
    actions.open(STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC);
    actions.open(STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND);
    pid_t process = 0;
    const int code = ::posix_spawn(&process, file.c_str(), actions.get(), nullptr, pointers.data(), environ);
    if (code != 0) {
        throw Failure{"a training cannot be started, with the log " + nca::quote_path(log) + ": " +
                      std::generic_category().message(code)};
    }
    process_ = process;
}

std::optional<int> Child::poll() {
    int status = 0;
    const pid_t found = ::waitpid(static_cast<pid_t>(process_), &status, WNOHANG);
    if (found == 0) return std::nullopt;
    if (found < 0) return 2;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void Child::stop() const noexcept {
    ::kill(static_cast<pid_t>(process_), SIGTERM);
}

#else

bool can_start_children() noexcept {
    return false;
}
Child::Child(const std::vector<std::string>& /*arguments*/, const std::string& /*output*/, const std::string& /*log*/) {
}
std::optional<int> Child::poll() {
    return 2;
}
void Child::stop() const noexcept {
    static_cast<void>(process_);
}

#endif

} // namespace program
