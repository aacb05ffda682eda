// SPDX-License-Identifier: Apache-2.0
// Runs the program `nca` as a user does: another process, its streams, its exit status.
#ifndef NCA_TESTS_EXAMPLES_PROCESS_HPP
#define NCA_TESTS_EXAMPLES_PROCESS_HPP

#include <nca/io/json.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace nca::tests {

using Arguments = std::vector<std::string>;

/// How a process ended, and what it wrote.
struct Outcome {
    int status = -1; ///< of its exit; -1 if a signal ended it
    int signal = 0;  ///< that ended it, or 0
    std::string output;
    std::string error;
};

/// The standard streams of a process, of which none is a terminal, and what else it inherits.
struct Streams {
    bool close_input = false;     ///< closed, else /dev/null
    const char* output = nullptr; ///< a file to write to; nullptr: kept for Outcome::output
    bool close_error = false;     ///< closed, else kept for Outcome::error
    bool break_error = false;     ///< a pipe that nobody reads
    int ignored_signal = 0;       ///< as by nohup
    rlim_t file_size = RLIM_INFINITY;
};

/// The program at work.
class Process {
public:
    /// Starts `nca` with these arguments, which no shell interprets. A program that hangs is ended after five minutes.
    explicit Process(const Arguments& arguments, Streams streams = {})
        : output_{std::tmpfile(), &std::fclose}, error_{std::tmpfile(), &std::fclose} {
        REQUIRE(output_ != nullptr);
        REQUIRE(error_ != nullptr);
        // Between fork and exec nothing may allocate.
        std::string path = NCA_PROGRAM;
        Arguments words = arguments;
        std::vector<char*> pointers{path.data()};
        for (std::string& word : words) pointers.push_back(word.data());
        pointers.push_back(nullptr);
        id_ = ::fork();
        REQUIRE(id_ >= 0);
        if (id_ > 0) return;
        const int input = ::open("/dev/null", O_RDONLY);
        const int output = streams.output != nullptr ? ::open(streams.output, O_WRONLY) : ::fileno(output_.get());
        ::dup2(input, STDIN_FILENO);
        ::dup2(output, STDOUT_FILENO);
        int pipe[2]{-1, ::fileno(error_.get())};
        if (streams.break_error && ::pipe(pipe) != 0) ::_exit(127);
        ::dup2(pipe[1], STDERR_FILENO);
        for (int descriptor = 3; descriptor < 256; ++descriptor) ::close(descriptor);
        if (streams.close_input) ::close(STDIN_FILENO);
        if (streams.close_error) ::close(STDERR_FILENO);
        if (streams.ignored_signal != 0) std::signal(streams.ignored_signal, SIG_IGN);
        const rlimit limit{streams.file_size, streams.file_size};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        ::alarm(300);
        ::execv(path.c_str(), pointers.data());
        ::_exit(127);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process() {
        if (ended_) return;
        ::kill(id_, SIGKILL);
        static_cast<void>(wait());
    }

    void send(int signal) const { REQUIRE(::kill(id_, signal) == 0); }

    /// True until the process has ended.
    [[nodiscard]] bool running() {
        if (!ended_) ended_ = ::waitpid(id_, &state_, WNOHANG) == id_;
        return !ended_;
    }

    /// Waits for the end.
    [[nodiscard]] Outcome wait() {
        while (!ended_) {
            ended_ = ::waitpid(id_, &state_, 0) == id_;
            if (!ended_ && errno != EINTR) break;
        }
        Outcome outcome;
        if (WIFEXITED(state_)) outcome.status = WEXITSTATUS(state_);
        if (WIFSIGNALED(state_)) outcome.signal = WTERMSIG(state_);
        outcome.output = content(output_.get());
        outcome.error = content(error_.get());
        return outcome;
    }

private:
    using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

    static std::string content(std::FILE* stream) {
        std::string text;
        std::array<char, 4096> buffer{};
        std::rewind(stream);
        while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), stream)) {
            text.append(buffer.data(), count);
        }
        return text;
    }

    Stream output_;
    Stream error_;
    pid_t id_ = -1;
    int state_ = 0;
    bool ended_ = false;
};

/// Runs `nca` to its end.
[[nodiscard]] inline Outcome run_program(const Arguments& arguments, Streams streams = {}) {
    return Process{arguments, streams}.wait();
}

/// True if the text is one line, its end included.
[[nodiscard]] inline bool is_one_line(std::string_view text) {
    return !text.empty() && text.find('\n') == text.size() - 1;
}

/// The line of JSON that is all of the standard output of a run.
[[nodiscard]] inline Json line_of(const Outcome& outcome) {
    INFO("standard output: " << outcome.output);
    INFO("standard error: " << outcome.error);
    REQUIRE(is_one_line(outcome.output));
    const Result<Json> json = parse_json(outcome.output);
    REQUIRE(json.ok());
    REQUIRE(json->as_object() != nullptr);
    return *json;
}
/// The line of a run that succeeded.
[[nodiscard]] inline Json result_of(const Outcome& outcome) {
    INFO("standard error: " << outcome.error);
    REQUIRE(outcome.signal == 0);
    REQUIRE(outcome.status == 0);
    return line_of(outcome);
}
[[nodiscard]] inline Json result_of(const Arguments& arguments) {
    return result_of(run_program(arguments));
}

/// A number, or a text, that a result has to hold.
[[nodiscard]] inline double number_in(const Json& json, std::string_view key) {
    INFO("key " << std::string{key} << " in " << json.dump());
    const Json* const value = json.find(key);
    REQUIRE(value != nullptr);
    REQUIRE(value->as_number().has_value());
    return *value->as_number();
}
[[nodiscard]] inline std::string text_in(const Json& json, std::string_view key) {
    INFO("key " << std::string{key} << " in " << json.dump());
    const Json* const value = json.find(key);
    REQUIRE(value != nullptr);
    REQUIRE(value->as_string() != nullptr);
    return *value->as_string();
}

/// A list that a result has to hold.
[[nodiscard]] inline const Json::Array& list_in(const Json& json, std::string_view key) {
    INFO("key " << std::string{key} << " in " << json.dump());
    const Json* const list = json.find(key);
    REQUIRE(list != nullptr);
    REQUIRE(list->as_array() != nullptr);
    return *list->as_array();
}
[[nodiscard]] inline std::vector<double> numbers_in(const Json& json, std::string_view key) {
    std::vector<double> numbers;
    for (const Json& number : list_in(json, key)) {
        REQUIRE(number.as_number().has_value());
        numbers.push_back(*number.as_number());
    }
    return numbers;
}

/// Checks that the program refuses arguments in one line that holds `words`.
inline void check_program_refuses(const Arguments& arguments, const std::string& words) {
    const Outcome outcome = run_program(arguments);
    INFO("standard error: " << outcome.error);
    CHECK(outcome.status == 2);
    CHECK(outcome.output.empty());
    CHECK(is_one_line(outcome.error));
    CHECK(outcome.error.find(words) != std::string::npos);
}

} // namespace nca::tests

#endif // NCA_TESTS_EXAMPLES_PROCESS_HPP
