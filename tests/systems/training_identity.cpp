// SPDX-License-Identifier: Apache-2.0
// Whatever changes the numbers of a training is in the identity of its checkpoints.
#include <nca/systems/adversarial/task.hpp>
#include <nca/systems/growing/task.hpp>
#include <nca/systems/mnist/task.hpp>
#include <nca/systems/texture/patch_loss.hpp>
#include <nca/systems/texture/task.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <utility>
#include <vector>

namespace {

using namespace nca;

/// Checks that every change of an experiment changes the identity, which make(experiment) returns.
template <class Experiment, class Make>
void check_changes(const Experiment& experiment, const std::vector<std::function<void(Experiment&)>>& changes,
                   Make&& make) {
    const TextPairs identity = make(experiment);
    CHECK(identity == make(experiment));
    for (std::size_t i = 0; i < changes.size(); ++i) {
        CAPTURE(i);
        Experiment changed = experiment;
        changes[i](changed);
        CHECK(make(changed) != identity);
    }
}

template <class Task>
TextPairs identity_of(Task task) {
    SerialExecutor serial;
    return Trainer<Task>{std::move(task), {}, serial}.identity();
}

using Small = growing::Rule<16, 8>;

growing::Target<Small> small_target(int side, float green) {
    growing::Target<Small> target{Extents<Dynamic, Dynamic>{{side, 8}}};
    target(4, 4)[1] = green;
    target(4, 4)[3] = 1.0F;
    return target;
}

mnist::Digits two_digits(float grey = 1.0F, std::uint8_t label = 3) {
    mnist::Digits digits{2, std::vector<float>(2 * mnist::image_cells), {1, label}};
    digits.grey[400] = grey;
    return digits;
}

template <class Experiment>
std::vector<std::function<void(Experiment&)>> changes_of_rollouts() {
    return {[](auto& e) { e.pool_size = 33; },
            [](auto& e) { e.batch = 5; },
            [](auto& e) { e.min_steps = 7; },
            [](auto& e) { e.max_steps = 90; },
            [](auto& e) { e.fire_rate = 0.5 + 1e-9; },
            [](auto& e) { e.learning_rate = drop_after(2000, 2e-3 + 1e-9); },
            [](auto& e) { e.learning_rate = decay_to_zero(4000, 2e-3); },
            [](auto& e) { e.learning_rate = decay_to_zero(4001, 2e-3); },
            [](auto& e) { e.learning_rate = drop_after(1999); }};
}

} // namespace

TEST_CASE("the identity of a creature's training holds its experiment and its target") {
    using E = growing::Experiment;
    auto changes = changes_of_rollouts<E>();
    changes.insert(changes.end(),
                   {[](E& e) { e.name = "another"; }, [](E& e) { e.sample_pool = false; }, [](E& e) { e.damaged = 2; },
                    [](E& e) { e.warm_up = 10; }, [](E& e) { e.loss_exponent = 0.75; }, [](E& e) { e.damage_from = 1; },
                    [](E& e) { e.reseed_any = true; }, [](E& e) { e.discs.centre = 0.4; },
                    [](E& e) { e.discs.min_radius = 0.2; }, [](E& e) { e.discs.radius_range = 0.2; }});
    E experiment = growing::regenerating;
    experiment.pool_size = 32;
    const auto make = [](const E& e) { return identity_of(growing::Task<Small>{small_target(8, 0.5F), e}); };
    check_changes<E>(experiment, changes, make);
    CHECK(make(experiment) != identity_of(growing::Task<Small>{small_target(9, 0.5F), experiment}));
    CHECK(make(experiment) != identity_of(growing::Task<Small>{small_target(8, 0.50001F), experiment}));
}

TEST_CASE("the identity of a training on digits holds its experiment and its digits") {
    using E = mnist::Experiment;
    const mnist::Digits digits = two_digits();
    check_changes<E>(mnist::l2_noise,
                     {[](E& e) { e.name = "another"; }, [](E& e) { e.loss = mnist::Loss::cross_entropy; },
                      [](E& e) { e.scheme = mnist::Scheme::naive; }, [](E& e) { e.noise = 1e-8; },
                      [](E& e) { e.pool_size = 161; }, [](E& e) { e.batch = 15; }, [](E& e) { e.steps = 21; },
                      [](E& e) { e.fire_rate = 1.0; }, [](E& e) { e.iterations = 1000; },
                      [](E& e) { e.last_learning_rate = 1e-8; }, [](E& e) { e.mean_window = 201; }},
                     [&](const E& e) {
                         return identity_of(mnist::Task<>{digits, e});
                     });
    for (const mnist::Digits& others : {two_digits(0.9F), two_digits(1.0F, 4)}) {
        CHECK(identity_of(mnist::Task<>{digits, {}}) != identity_of(mnist::Task<>{others, {}}));
    }
}

TEST_CASE("the identity of a texture's training holds its experiment and its loss") {
    using E = texture::Experiment;
    using R = texture::MicroRule<4>;
    const auto loss_towards = [](float red) {
        texture::Image image{Extents<Dynamic, Dynamic>{{16, 16}}};
        image(3, 5)[0] = red;
        auto loss = texture::PatchLoss::create(image, 16, 16);
        REQUIRE(loss.ok());
        return std::move(*loss);
    };
    texture::PatchLoss loss = loss_towards(1.0F);
    auto changes = changes_of_rollouts<E>();
    changes.insert(changes.end(), {[](E& e) { e.name = "another"; }, [](E& e) { e.loss = texture::Loss::gram; },
                                   [](E& e) { e.start = texture::Start::uniform; }, [](E& e) { e.reseed_every = 9; },
                                   [](E& e) { e.overflow = 1e-8; }, [](E& e) { e.squared_overflow = false; },
                                   [](E& e) { e.eight_bit = true; }, [](E& e) { e.output_bias = false; },
                                   [](E& e) { e.joint_bias = true; }, [](E& e) { e.normalised_states = false; },
                                   [](E& e) { e.mean_window = 201; }, [](E& e) { e.epsilon = 2e-8; },
                                   [](E& e) { e.warm_up = 10; }, [](E& e) { e.loss_exponent = 0.5; }});
    E experiment = texture::micro;
    experiment.side = 16;
    experiment.pool_size = 32;
    const auto make = [&](const E& e) { return identity_of(texture::Task<R>{loss, e}); };
    check_changes<E>(experiment, changes, make);
    texture::PatchLoss other = loss_towards(0.5F);
    CHECK(make(experiment) != identity_of(texture::Task<R>{other, experiment}));
}

TEST_CASE("the identity of a texture's training does not hold how much memory it takes") {
    texture::Image image{Extents<Dynamic, Dynamic>{{16, 16}}};
    auto loss = texture::PatchLoss::create(image, 16, 16);
    REQUIRE(loss.ok());
    texture::Experiment experiment = texture::pytorch;
    experiment.side = 16;
    experiment.pool_size = 4;
    texture::Experiment thrifty = experiment;
    thrifty.less_memory = true;
    CHECK(identity_of(texture::Task<>{*loss, experiment}) == identity_of(texture::Task<>{*loss, thrifty}));
}

TEST_CASE("the identity of an attack on digits holds its attack, its victim and its digits") {
    using A = adversarial::DigitAttack;
    const mnist::Digits digits = two_digits();
    mnist::Rule<> victim;
    const auto make = [&](const A& a) { return identity_of(adversarial::DigitTask<>{victim, digits, a}); };
    check_changes<A>({},
                     {[](A& a) { a.digit = 7; }, [](A& a) { a.fraction = 0.2; }, [](A& a) { a.pool_size = 161; },
                      [](A& a) { a.batch = 15; }, [](A& a) { a.steps = 21; }, [](A& a) { a.fire_rate = 1.0; },
                      [](A& a) { a.noise = 1e-8; }, [](A& a) { a.learning_rate = drop_after(2000); }},
                     make);
    const TextPairs before = make({});
    victim.bias(0, 0) = 1e-8F;
    CHECK(make({}) != before);
}

TEST_CASE("the identity of an attack on a creature holds its attack and its victim") {
    using A = adversarial::CreatureAttack;
    Small victim;
    A attack;
    attack.pool_size = 32;
    attack.grown_steps = 5;
    auto changes = changes_of_rollouts<A>();
    changes.insert(changes.end(), {[](A& a) { a.fraction = 0.2; }, [](A& a) { a.damaged = 2; },
                                   [](A& a) { a.grown_steps = 6; }, [](A& a) { a.recipe = "fast"; },
                                   [](A& a) { a.reseed_any = true; }, [](A& a) { a.loss_exponent = 0.5; }});
    const auto make = [&](const A& a) {
        return identity_of(adversarial::InjectionTask<Small>{victim, small_target(8, 0.5F), a});
    };
    check_changes<A>(attack, changes, make);
    CHECK(make(attack) != identity_of(adversarial::PerturbationTask<Small>{victim, small_target(8, 0.5F), attack}));
    const TextPairs before = make(attack);
    victim.bias(0, 0) = 1e-8F;
    CHECK(make(attack) != before);
}
