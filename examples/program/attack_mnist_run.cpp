// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/run/community.hpp>

#include "attack_program.hpp"
#include "film.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <span>
#include <support/image.hpp>
#include <support/mnist_data.hpp>
#include <support/render.hpp>
#include <vector>

namespace program {

namespace {

using MnistRule = nca::mnist::Rule<>;
constexpr int side = nca::mnist::picture_side;
using Digit = nca::Community<MnistRule, side, side>;

struct DigitFilmOptions {
    DigitRun run{.count = 100};
    FilmOptions film{};
};

constexpr nca::Colour adversary_colour{255, 0, 0};
constexpr nca::Colour wrong_background{255, 204, 201}; ///< behind a digit that is wrong

/// Test digits side by side, each a community of victims and adversaries, with the random numbers of an evaluation.
class DigitSheet {
public:
    DigitSheet(const DigitAttackers& attack, const nca::mnist::Digits& digits, int count) : attack_{&attack} {
        columns_ = static_cast<int>(std::ceil(std::sqrt(count)));
        rows_ = (count + columns_ - 1) / columns_;
        for (int index = 0; index < count; ++index) {
            const nca::Philox random = nca::adversarial::digit_random(attack.evaluation.seed, index);
            Digit& digit =
                digits_.emplace_back(std::vector<nca::Borrowed<MnistRule>>{nca::borrow(attack.victim.rule),
                                                                           nca::borrow(attack.adversary.rule)},
                                     Digit::World::Shape{}, random.key());
            digit.world().set_options(attack.step);
            Digit::World::StateGrid state;
            const auto grey = digits.picture(index);
            for (int cell = 0; cell < side * side; ++cell) {
                state.view().cell(cell)[0] = grey[static_cast<std::size_t>(cell)];
            }
            digit.world().load(state);
            injected_.push_back(nca::adversarial::adversaries_in(grey, random, attack.evaluation.fraction));
            labels_.push_back(digits.labels[static_cast<std::size_t>(index)]);
        }
    }

    void step(nca::ThreadPool& threads) {
        threads.run(static_cast<int>(digits_.size()), [&](int i) {
            const auto index = static_cast<std::size_t>(i);
            nca::adversarial::place_adversaries(attack_->evaluation, injected_[index], digits_[index]);
            digits_[index].step();
        });
    }

    [[nodiscard]] nca::adversarial::DigitMetrics metrics(int step) const {
        std::vector<nca::mnist::Opinion> opinions;
        for (const Digit& digit : digits_) opinions.push_back(opinion_of(digit));
        return nca::adversarial::measure(step, opinions, labels_, attack_->evaluation.digit);
    }

    /// One pixel per cell: votes in the colours of the article, adversaries in red, a coloured background behind digits
    /// of which less than half of the cells vote for what they are.
    [[nodiscard]] support::Image draw() const {
        support::Image image{columns_ * side, rows_ * side, {255, 255, 255, 255}};
        const std::size_t stride = static_cast<std::size_t>(image.width) * 4;
        for (std::size_t i = 0; i < digits_.size(); ++i) {
            const int top = static_cast<int>(i) / columns_ * side;
            const int left = static_cast<int>(i) % columns_ * side;
            const bool wrong = opinion_of(digits_[i]).share(labels_[i]) < 0.5;
            const bool drawn = digits_[i].world().rgba(
                std::span{image.rgba}.subspan(static_cast<std::size_t>(top) * stride +
                                              static_cast<std::size_t>(left) * 4),
                {.stride = stride, .background = wrong ? wrong_background : nca::Colour{255, 255, 255}},
                nca::mnist::Colours{.undecided = undecided_of(attack_->victim)});
            NCA_ASSERT(drawn, "program::DigitSheet: a digit lies on the sheet");
            static_cast<void>(drawn);
            digits_[i].species().cells(1).for_each([&](int row, int column) {
                std::uint8_t* const pixel = image.at(left + column, top + row);
                pixel[0] = adversary_colour.red;
                pixel[1] = adversary_colour.green;
                pixel[2] = adversary_colour.blue;
            });
        }
        return image;
    }

private:
    [[nodiscard]] static nca::mnist::Opinion opinion_of(const Digit& digit) {
        const auto state = digit.world().state();
        return nca::mnist::opinion_of(state.values());
    }

    const DigitAttackers* attack_;
    std::deque<Digit> digits_{};
    std::vector<nca::SpeciesMap> injected_{};
    std::vector<std::uint8_t> labels_{};
    int columns_ = 1;
    int rows_ = 1;
};

void attack_mnist_run(const DigitFilmOptions& options) {
    Film film{options.film, options.run.steps, false};
    const DigitAttackers attack = load_attackers(options.run);
    const nca::mnist::Digits digits = require(support::load_digits(options.run.data, false));
    const int count = std::min(options.run.count, digits.count);
    DigitSheet sheet{attack, digits, count};
    film.require_writable();
    nca::ThreadPool threads{options.run.threads};
    const auto picture = [&] {
        const support::Image image = sheet.draw();
        return support::enlarge(image, support::enlargement(image, 576));
    };
    film.show(0, picture);
    for (int i = 1; i <= options.run.steps; ++i) {
        sheet.step(threads);
        film.show(i, picture);
    }
    const auto metrics = sheet.metrics(options.run.steps);
    nca::Json outputs = film.write(picture);
    print_result(nca::Json::object({{"victim", options.run.victim},
                                    {"adversary", options.run.adversary},
                                    {"class", attack.evaluation.digit},
                                    {"fraction", options.run.fraction},
                                    {"count", count},
                                    {"steps", options.run.steps},
                                    {"cells_deceived", metrics.cells_deceived},
                                    {"digits_deceived", metrics.digits_deceived},
                                    {"digits_wrong", metrics.digits_wrong},
                                    {"outputs", std::move(outputs)}}));
}

} // namespace

void add_attack_mnist_run(CLI::App& group) {
    const auto options = std::make_shared<DigitFilmOptions>();
    CLI::App* const command =
        group.add_subcommand("run", "Film test digits among whose cells adversaries (in red) are injected");
    add_digit_run_options(*command, options->run);
    command->add_option("--count", options->run.count, "How many test digits, from the first")
        ->capture_default_str()
        ->transform(whole_number(1, 1024));
    add_film_options(*command, options->film);
    command->callback([options] { attack_mnist_run(*options); });
}

} // namespace program
