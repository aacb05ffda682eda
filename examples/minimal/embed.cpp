// SPDX-License-Identifier: Apache-2.0
// Embeds a creature: its weights are compiled into the program, and no file is read. It grows, is damaged, and regrows.
#include <nca/run.hpp>

#include "../models/growing/lizard.hpp"

#include <cstdint>
#include <cstdio>

int main() {
    nca::Simulation<lizard::Rule, 96, 96> world{lizard::rule(), /*seed=*/7};
    world.plant(48, 48);
    world.step(200);
    const int grown = world.living_cells();
    world.erase(/*radius=*/8, 42, 42);
    const int cut = world.living_cells();
    world.step(200);
    const int healed = world.living_cells();

    static std::uint8_t pixels[4 * 96 * 96]; // your texture
    if (!world.rgba(pixels)) return 1;       // red, green, blue, alpha
    for (std::size_t y = 0; y < 96; y += 2) {
        for (std::size_t x = 0; x < 96; ++x) {
            const std::uint8_t* const pixel = &pixels[4 * (96 * y + x)];
            std::putchar(pixel[3] < 128 ? '.' : " .:-=+*#"[7 - (pixel[0] + pixel[1] + pixel[2]) / 96]);
        }
        std::putchar('\n');
    }
    std::printf("%d cells grown, %d after the cut, %d healed\n", grown, cut, healed);
    return cut < grown && healed > cut ? 0 : 1;
}
