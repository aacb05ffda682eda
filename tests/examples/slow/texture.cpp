// SPDX-License-Identifier: Apache-2.0
// Every published texture draws something and stays in range.
#include <nca/io/safetensors.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <common/data.hpp>
#include <examples/process.hpp>
#include <io/temporary.hpp>
#include <set>
#include <string>

TEST_CASE("all 66 published textures have a pattern after 1,000 steps and do not diverge") {
    using namespace nca::tests;
    const auto path = data_file("textures/published_models.json");
    if (!path) return;
    const TemporaryFolder folder;
    const nca::Json info = result_of({"info", path->string()});
    REQUIRE(info.find("models")->as_array()->size() == 66);
    for (const nca::Json& name : *info.find("models")->as_array()) {
        INFO(*name.as_string());
        const std::string out = folder.file("state.safetensors");
        const nca::Json result = result_of({"texture", "run", path->string(), "--only", *name.as_string(), "--height",
                                            "64", "--width", "64", "--steps", "1000", "--out", out});
        CHECK(number_in(result, "largest") <= 2.0);
        const auto file = nca::read_safetensors(out);
        REQUIRE(file.ok());
        const auto values = file->to_finite_floats("state", {64, 64, 12});
        REQUIRE(values.ok());
        // A pattern has cells of many colours.
        std::set<long> colours;
        for (std::size_t i = 0; i < values->size(); i += 12) {
            colours.insert(std::lround(8.0F * (*values)[i]) * 10000 + std::lround(8.0F * (*values)[i + 1]) * 100 +
                           std::lround(8.0F * (*values)[i + 2]));
        }
        CHECK(colours.size() > 10);
    }
}
