// SPDX-License-Identifier: Apache-2.0
// The nca side of bench/compare.sh for feature networks, opposite peers/vision_torch.py: prints one JSON line with
// times and the results on which both must agree. With --export FILE it writes the weights and the images instead.
#include <nca/io/json.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/train/gradient.hpp>

#include "compare.hpp"
#include "roofline.hpp"
#include "vision.hpp"

#include <string>
#include <vector>

namespace {

using namespace bench::vision;
using nca::Json;

constexpr int threads = 2;

[[nodiscard]] Json measure() {
    Networks networks = make_networks();
    std::vector<float> gradients(networks.pictures.size());
    Json line = Json::object({{"side", "nca"}, {"isa", bench::isa}, {"threads", threads}});
    Json::Array norms;
    double loss = 0.0;
    const auto time = [&](nca::image::Network network, const char* key, int count) {
        Work work(std::move(network), threads);
        loss += work.run(networks.pictures, gradients);
        norms.emplace_back(nca::norm<float>(gradients));
        line.set(key, bench::times(2, count, [&](int) { (void)work.run(networks.pictures, gradients); }));
    };
    time(std::move(networks.distilled), "distilled_ms", 20);
    time(std::move(networks.vgg16), "vgg16_ms", 5);
    line.set("agreement_loss", loss);
    line.set("gradient_norms", norms);
    return line;
}

int export_weights(const std::string& path) {
    Weights weights = make_weights();
    return bench::write_export(path, weights.writer());
}

} // namespace

int main(int argc, char** argv) {
    return bench::compare_main(argc, argv, measure, export_weights);
}
