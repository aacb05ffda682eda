// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_PROGRAM_PREVIEW_HPP
#define NCA_EXAMPLES_PROGRAM_PREVIEW_HPP

#include <functional>
#include <string>
#include <support/image.hpp>
#include <support/progress.hpp>

namespace program {

/// A picture of what trains, renewed every few seconds: as a file, or in the terminal above the progress bar. Drawing
/// and writing take less than a hundredth of the time.
class Preview {
public:
    /// `where`: a .png or .webp file, which is always whole; `terminal` or `-`; empty: no picture. Ends the program if
    /// that is anything else, if the file cannot be written, or if standard error shows no pictures.
    Preview(std::string where, std::function<support::Image()> draw);

    /// Draws if it is time. A failure is reported once on standard error, and the training goes on.
    void update(support::ProgressBar& progress);
    /// Draws the last picture.
    void finish(support::ProgressBar& progress);

private:
    void show(support::ProgressBar& progress);
    [[nodiscard]] nca::Result<void> write(const support::Image& image) const;

    std::string where_;
    std::function<support::Image()> draw_;
    bool terminal_;
    bool warned_ = false;
    double due_ = 0.0; ///< the time of the next picture, in seconds
};

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_PREVIEW_HPP
