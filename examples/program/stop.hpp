// SPDX-License-Identifier: Apache-2.0
// Signals that ask a run to stop.
#ifndef NCA_EXAMPLES_PROGRAM_STOP_HPP
#define NCA_EXAMPLES_PROGRAM_STOP_HPP

namespace program {

/// Ends the program after all is saved, with the status that shells give to a signal: 128 and its number.
struct Stopped {
    int signal;
};

/// From now on Ctrl-C, TERM, HUP (a closed terminal, a lost connection), XCPU (a limit on processor time), USR1 and
/// USR2 (what batch systems send before the time is up) are wishes to stop, which requested_stop() tells, instead of
/// the end of the program. One that the program was started to ignore, as by nohup, stays ignored. A second Ctrl-C ends
/// the program at once, but not within a second of the first: `timeout` and some terminals send a signal twice.
void catch_stop_signals();

/// The first of these signals, or 0.
[[nodiscard]] int requested_stop() noexcept;

/// Makes writing into a closed pipe, and beyond a limit on file sizes, fail instead of ending the program. Takes the
/// place of standard streams that are closed, so that no file gets what is printed.
void survive_failed_writes();

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_STOP_HPP
