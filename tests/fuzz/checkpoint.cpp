// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Checkpoints: a trainer that refuses one goes on as if it had not tried, and one that accepts it goes on like a
// trainer that reads what it saves. Behind an even byte follow edits of a good checkpoint, (position, position, byte)
// each, behind an odd one a safetensors file whose metadata and tensors replace those of the good checkpoint.
#include <nca/nca.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace {

using Rule = nca::growing::Rule<4, 2>;
using Trainer = nca::Trainer<nca::growing::Task<Rule>>;
using Bytes = std::vector<std::byte>;

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

// True for the same bits, also of what is not a number.
bool same(std::span<const float> a, std::span<const float> b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}
bool same(const Trainer& a, const Trainer& b) {
    return a.iteration() == b.iteration() && same(a.losses(), b.losses()) &&
           same(a.rule().parameters(), b.rule().parameters()) &&
           same(a.averaged_rule().parameters(), b.averaged_rule().parameters());
}

// One in memory where there is one, as thousands of files are written every second.
std::string folder() {
    std::error_code ignored;
    if (std::filesystem::is_directory("/dev/shm", ignored)) return "/dev/shm";
    return std::filesystem::temp_directory_path().string();
}

struct Session {
    nca::growing::Task<Rule> task = small_task();
    nca::SerialExecutor executor;
    std::string path = folder() + "/nca-fuzz-" + std::to_string(getpid());
    Trainer fresh{task, {.seed = 1}, executor};
    Bytes good;

    Session() {
        Trainer trainer{task, {.seed = 1}, executor};
        trainer.run(2);
        if (!trainer.save(path)) std::abort();
        good = *nca::read_file(path);
        fresh.run(2);
    }
    ~Session() { std::filesystem::remove(path); }
};

Bytes edited(Bytes file, std::span<const std::byte> edits) {
    for (std::size_t i = 0; i + 3 <= edits.size(); i += 3) {
        const auto position = std::to_integer<std::size_t>(edits[i]) * 256 + std::to_integer<std::size_t>(edits[i + 1]);
        file[position % file.size()] = edits[i + 2];
    }
    return file;
}

Bytes replaced(const Bytes& good, std::span<const std::byte> bytes) {
    const auto old = nca::parse_safetensors(good);
    const auto file = nca::parse_safetensors(bytes);
    if (!file) return {bytes.begin(), bytes.end()};
    nca::SafetensorsWriter writer;
    for (const auto* const from : {&*old, &*file}) {
        for (const auto& [key, text] : from->metadata()) writer.set_metadata(key, text);
    }
    for (const nca::StoredTensor& tensor : file->tensors()) writer.add(tensor);
    for (const nca::StoredTensor& tensor : old->tensors()) {
        if (file->find(tensor.name) == nullptr) writer.add(tensor);
    }
    const auto written = writer.to_bytes();
    return written ? *written : Bytes{};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Session session;
    if (size == 0) return 0;
    const auto bytes = std::as_bytes(std::span{data, size}).subspan(1);
    const Bytes file = data[0] % 2 == 0 ? edited(session.good, bytes) : replaced(session.good, bytes);
    std::ofstream{session.path, std::ios::binary}.write(reinterpret_cast<const char*>(file.data()),
                                                        static_cast<std::streamsize>(file.size()));

    Trainer trainer{session.task, {.seed = 1}, session.executor};
    const auto resumed = trainer.resume(session.path);
    if (!resumed) {
        if (resumed.error().message.find('\n') != std::string::npos) std::abort();
        trainer.run(2);
        if (!same(trainer, session.fresh)) std::abort();
        return 0;
    }
    Trainer twin{session.task, {.seed = 1}, session.executor};
    if (!trainer.save(session.path) || !twin.resume(session.path)) std::abort();
    trainer.run(trainer.iteration() + 1);
    twin.run(twin.iteration() + 1);
    if (!same(trainer, twin)) std::abort();
    return 0;
}
