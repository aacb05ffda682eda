// SPDX-License-Identifier: Apache-2.0
// What the nca sides of bench/compare.sh share.
#ifndef NCA_BENCH_COMPARE_HPP
#define NCA_BENCH_COMPARE_HPP

#include <nca/io/json.hpp>
#include <nca/io/safetensors.hpp>

#include "roofline.hpp"

#include <cstdio>
#include <cstring>
#include <string>

namespace bench {

/// The time of each call of `work` in milliseconds, after `warm_up` calls.
template <class F>
[[nodiscard]] nca::Json times(int warm_up, int count, F&& work) {
    nca::Json::Array list;
    for (int i = 0; i < warm_up + count; ++i) {
        const double start = wall_seconds();
        work(i);
        const double seconds = wall_seconds() - start;
        if (i >= warm_up) list.emplace_back(1e3 * seconds);
    }
    return list;
}

/// Writes the input of the other side; returns the exit status of the program.
[[nodiscard]] inline int write_export(const std::string& path, const nca::SafetensorsWriter& writer) {
    const auto written = nca::write_safetensors(path, writer);
    if (!written) std::fprintf(stderr, "bench: %s\n", written.error().message.c_str());
    return written ? 0 : 2;
}

/// The main function of a side: prints measure() as one JSON line or, with --export FILE, calls export_to(FILE).
template <class Measure, class Export>
int compare_main(int argc, char** argv, Measure&& measure, Export&& export_to) {
    require_release();
    if (argc == 3 && std::strcmp(argv[1], "--export") == 0) return export_to(argv[2]);
    if (argc != 1) {
        std::fprintf(stderr, "usage: %s [--export FILE.safetensors]\n", argv[0]);
        return 2;
    }
    std::printf("%s\n", measure().dump().c_str());
    return 0;
}

} // namespace bench

#endif // NCA_BENCH_COMPARE_HPP
