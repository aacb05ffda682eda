// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_PROGRAM_TRAINING_FOLDER_HPP
#define NCA_EXAMPLES_PROGRAM_TRAINING_FOLDER_HPP

#include <string>

namespace program {

/// The folder into which a training writes, locked against other trainings for the lifetime of the object (where the
/// file system has locks).
class TrainingFolder {
public:
    /// Makes the folder, unless it has to exist. Ends the program if that fails, or another training writes into it.
    TrainingFolder(const std::string& path, bool exists);
    TrainingFolder(const TrainingFolder&) = delete;
    TrainingFolder& operator=(const TrainingFolder&) = delete;
    ~TrainingFolder();

    /// The path of a file in it.
    [[nodiscard]] std::string file(const std::string& name) const;
    /// Ends the program if a file of an earlier training is there.
    void require_absent(const std::string& path) const;

private:
    std::string path_;
    int lock_ = -1; ///< a descriptor of the folder
};

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_TRAINING_FOLDER_HPP
