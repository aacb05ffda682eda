// SPDX-License-Identifier: Apache-2.0
#include "stop.hpp"

#include "posix.hpp"

#include <csignal>
#include <ctime>
#include <initializer_list>

namespace program {

namespace {

volatile std::sig_atomic_t stop_signal = 0;
volatile std::time_t stop_time = 0;

extern "C" void request_stop(int signal) {
    const std::time_t now = std::time(nullptr);
    if (stop_signal == 0) {
        stop_signal = signal;
        stop_time = now;
    } else if (signal == SIGINT && now > stop_time + 1) {
        std::signal(SIGINT, SIG_DFL);
        std::raise(SIGINT);
    }
#if !NCA_PROGRAM_POSIX
    std::signal(signal, request_stop); // some systems fall back to the default
#endif
}

extern "C" void do_nothing(int /*signal*/) {}

} // namespace

void catch_stop_signals() {
#if NCA_PROGRAM_POSIX
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGUSR1, SIGUSR2}) {
        struct sigaction action {};
        if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) continue;
        action = {};
        action.sa_handler = request_stop;
        action.sa_flags = SA_RESTART;
        ::sigaction(signal, &action, nullptr);
    }
#else
    std::signal(SIGINT, request_stop);
    std::signal(SIGTERM, request_stop);
#endif
}

int requested_stop() noexcept {
    return stop_signal;
}

void survive_failed_writes() {
#if NCA_PROGRAM_POSIX
    for (int stream = 0; stream <= STDERR_FILENO; ++stream) {
        // A new file takes the lowest free number. Writing to one that was opened for reading fails.
        if (::fcntl(stream, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDONLY));
    }
    // Handlers, unlike SIG_IGN, are not passed on to programs that this one starts.
    std::signal(SIGPIPE, do_nothing);
    std::signal(SIGXFSZ, do_nothing);
#else
    static_cast<void>(do_nothing);
#endif
}

} // namespace program
