// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Checkpoints: one that is refused changes nothing, and one that is accepted can be continued. If the first byte is
// even, the others are edits of a good checkpoint, (position, position, byte) each; if it is odd, they are the file.
#include <nca/nca.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using Rule = nca::growing::Rule<4, 2>;

nca::growing::Task<Rule> small_task() {
    nca::growing::Target<Rule> target{nca::Extents<nca::Dynamic, nca::Dynamic>{{4, 4}}};
    std::fill_n(target(2, 2).begin(), 4, 1.0F);
    nca::growing::Experiment experiment = nca::growing::persistent;
    experiment.pool_size = 2;
    experiment.batch = 1;
    experiment.min_steps = 2;
    experiment.max_steps = 3;
    return nca::growing::Task<Rule>{target, experiment};
}

struct Session {
    nca::growing::Task<Rule> task = small_task();
    nca::ThreadPool threads{1};
    std::string path = (std::filesystem::temp_directory_path() / ("nca-fuzz-" + std::to_string(getpid()))).string();
    std::vector<std::byte> good;

    Session() {
        nca::Trainer trainer{task, {.seed = 1}, threads};
        trainer.run(2);
        if (!trainer.save(path)) std::abort();
        good = *nca::read_file(path);
    }
    ~Session() { std::filesystem::remove(path); }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Session session;
    if (size == 0) return 0;
    const auto bytes = std::as_bytes(std::span{data, size}).subspan(1);
    std::vector<std::byte> file(bytes.begin(), bytes.end());
    if (data[0] % 2 == 0) {
        file = session.good;
        for (std::size_t i = 0; i + 3 <= bytes.size(); i += 3) {
            file[(std::to_integer<std::size_t>(bytes[i]) * 256 + std::to_integer<std::size_t>(bytes[i + 1])) %
                 file.size()] = bytes[i + 2];
        }
    }
    std::ofstream{session.path, std::ios::binary}.write(reinterpret_cast<const char*>(file.data()),
                                                        static_cast<std::streamsize>(file.size()));

    nca::Trainer trainer{session.task, {.seed = 1}, session.threads};
    const auto before = trainer.rule().parameters();
    const std::vector<float> parameters(before.begin(), before.end());
    const auto resumed = trainer.resume(session.path);
    if (!resumed) {
        if (resumed.error().message.find('\n') != std::string::npos) std::abort();
        if (trainer.iteration() != 0 || !std::ranges::equal(parameters, trainer.rule().parameters())) std::abort();
        return 0;
    }
    if (trainer.iteration() < 10) trainer.run(trainer.iteration() + 1);
    return 0;
}
