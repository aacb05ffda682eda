// SPDX-License-Identifier: Apache-2.0
#include <nca/tape/ops.hpp>
#include <nca/tape/tape.hpp>

#include <doctest/doctest.h>

#include <array>
#include <vector>

namespace {

using namespace nca;

struct MustNotRun {
    static constexpr const char* name = "must not run";
    static void pullback(const Pullback<float>&) { FAIL("a pullback of a constant was called"); }
};

} // namespace

TEST_CASE("the adjoints of a tensor that is used twice accumulate") {
    Tape tape;
    const std::array<float, 2> v{2.0F, -3.0F};
    const Var x = tape.variable({2}, v);
    tape.backward(sum(x * x + 5.0F * x));
    CHECK(x.gradient()[0] == doctest::Approx(2 * 2.0 + 5));
    CHECK(x.gradient()[1] == doctest::Approx(2 * -3.0 + 5));
}

TEST_CASE("every call of backward starts from zero adjoints") {
    Tape tape;
    const std::array<float, 1> v{3.0F};
    const Var x = tape.variable({1}, v);
    const Var y = sum(square(x));
    tape.backward(y);
    tape.backward(y);
    CHECK(x.gradient()[0] == doctest::Approx(6.0));
}

TEST_CASE("an input that does not affect the loss has gradient zero") {
    Tape tape;
    const std::array<float, 2> v{1.0F, 2.0F};
    const Var x = tape.variable({2}, v);
    const Var unused = tape.variable({2}, v);
    tape.backward(sum(x));
    CHECK(unused.gradient()[0] == 0.0F);
    CHECK(unused.gradient()[1] == 0.0F);
}

TEST_CASE("constants get no adjoint, and operations on constants no pullback") {
    Tape tape;
    const std::array<float, 1> v{1.0F};
    const Var c = tape.constant({1}, v);
    const Var y = tape.record<MustNotRun>(Shape{1}, {c});
    y.value()[0] = 2.0F;
    const Var x = tape.variable({1}, v);
    tape.backward(sum(x * y));
    CHECK(x.gradient()[0] == 2.0F);
}

TEST_CASE("backward_from scales every gradient by the given adjoint") {
    Tape tape;
    const std::array<float, 3> v{1.0F, 2.0F, 3.0F};
    const Var x = tape.variable({3}, v);
    const Var y = square(x);
    const std::array<float, 3> adjoint{1.0F, 0.0F, -0.5F};
    tape.backward_from(y, adjoint);
    CHECK(x.gradient()[0] == doctest::Approx(2.0));
    CHECK(x.gradient()[1] == 0.0F);
    CHECK(x.gradient()[2] == doctest::Approx(-3.0));
}

TEST_CASE("re-recording a cleared tape allocates nothing") {
    Tape tape;
    const std::vector<float> v(5000, 0.5F);
    std::size_t bytes = 0;
    for (int round = 0; round < 5; ++round) {
        tape.clear();
        const Var x = tape.variable({5000}, v);
        Var y = x;
        for (int i = 0; i < 20; ++i) y = relu(square(y) - x);
        tape.backward(sum(y));
        const auto statistics = tape.statistics();
        if (round == 0) bytes = statistics.value_bytes + statistics.adjoint_bytes;
        CHECK(statistics.value_bytes + statistics.adjoint_bytes == bytes);
    }
}

TEST_CASE("rewinding removes the nodes recorded since the mark") {
    Tape tape;
    const std::array<float, 1> v{2.0F};
    const Var x = tape.variable({1}, v);
    const Var y = square(x);
    const auto mark = tape.mark();
    (void)square(square(y));
    tape.rewind(mark);
    CHECK(tape.statistics().nodes == 2);
    tape.backward(sum(y));
    CHECK(x.gradient()[0] == doctest::Approx(4.0));
}

TEST_CASE("an attachment is created once per tape and type") {
    struct Counter {
        int value = 0;
    };
    Tape a;
    Tape b;
    a.attachment<Counter>().value = 3;
    CHECK(a.attachment<Counter>().value == 3);
    CHECK(b.attachment<Counter>().value == 0);
    a.clear();
    CHECK(a.attachment<Counter>().value == 3);
}
