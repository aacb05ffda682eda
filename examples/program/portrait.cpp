// SPDX-License-Identifier: Apache-2.0
#include "portrait.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <support/render.hpp>
#include <support/webp.hpp>

namespace program {

Portrait make_portrait(const Rule& rule, const support::Target& target, double fire_rate) {
    constexpr std::array<int, 10> strip_steps{0, 16, 32, 48, 64, 96, 200, 210, 240, 400};
    constexpr int cut_step = 200;
    constexpr int last_step = 400;
    constexpr int frame_every = 2;
    Simulation world{nca::borrow(rule), Simulation::Shape{{target.height, target.width}}, 1};
    nca::StepOptions<Rule> options;
    options.fire_rate = fire_rate;
    world.set_options(options);
    world.plant(target.width / 2, target.height / 2);

    const auto picture = [&] {
        return support::over_white(world.state().values(), target.height, target.width, Rule::channels);
    };
    const int factor = std::max(1, 288 / std::max(target.height, target.width));
    const int strip_factor = std::max(1, 144 / std::max(target.height, target.width));
    auto animation = require(support::AnimationWriter::create(target.width * factor, target.height * factor));
    std::vector<support::Image> frames;
    std::vector<std::string> labels;
    for (int step = 0;; ++step) {
        const bool cut = step == cut_step;
        if (std::find(strip_steps.begin(), strip_steps.end(), step) != strip_steps.end() && !cut) {
            frames.push_back(support::enlarge(picture(), strip_factor));
            labels.push_back(std::to_string(step));
        }
        if (step % frame_every == 0) require(animation.add(support::enlarge(picture(), factor)));
        if (cut) {
            frames.push_back(support::enlarge(picture(), strip_factor));
            labels.push_back(std::to_string(step));
            world.erase(std::min(target.height, target.width) / 7.0, target.width / 2, target.height / 2);
            frames.push_back(support::enlarge(picture(), strip_factor));
            labels.push_back("cut");
            require(animation.add(support::enlarge(picture(), factor), 400));
        }
        if (step == last_step) break;
        world.step();
    }
    return {support::film_strip(frames, labels), require(animation.finish())};
}

} // namespace program
