// SPDX-License-Identifier: Apache-2.0
#include "portrait.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <support/render.hpp>
#include <support/webp.hpp>

namespace program {

Portrait make_portrait(const Rule& rule, const support::Target& target, double fire_rate) {
    constexpr std::array<int, 9> strip_steps{0, 16, 32, 48, 64, 96, 210, 240, 400};
    constexpr int cut_step = 200;
    constexpr int last_step = 400;
    constexpr int frame_every = 2;
    const auto creature = make_cell_world<Rule>(rule, nullptr, target.height, target.width, 1);
    nca::StepOptions<Rule> options;
    options.fire_rate = fire_rate;
    creature->set_options(options);
    creature->plant(target.width / 2, target.height / 2);

    const int side = std::max(target.height, target.width);
    const auto image = [&](int pixels) {
        return support::enlarge(image_of(creature->state()), std::max(1, pixels / side));
    };
    std::vector<support::Image> frames;
    std::vector<std::string> labels;
    const auto add_to_strip = [&](std::string label) {
        frames.push_back(image(144));
        labels.push_back(std::move(label));
    };
    std::optional<support::AnimationWriter> animation;
    const auto add_to_animation = [&](int milliseconds) {
        const support::Image frame = image(288);
        if (!animation) animation.emplace(require(support::AnimationWriter::create(frame.width, frame.height)));
        require(animation->add(frame, milliseconds));
    };
    for (int step = 0;; ++step) {
        const bool cut = step == cut_step;
        if (cut || std::find(strip_steps.begin(), strip_steps.end(), step) != strip_steps.end()) {
            add_to_strip(std::to_string(step));
        }
        if (step % frame_every == 0) add_to_animation(0);
        if (cut) {
            creature->erase(std::min(target.height, target.width) / 7.0, target.width / 2, target.height / 2);
            add_to_strip("cut");
            add_to_animation(400);
        }
        if (step == last_step) break;
        creature->step(false);
    }
    return {support::film_strip(frames, labels), require(animation->finish())};
}

} // namespace program
