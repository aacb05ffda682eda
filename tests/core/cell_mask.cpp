// SPDX-License-Identifier: Apache-2.0
#include <nca/core/cell_mask.hpp>
#include <nca/core/philox.hpp>

#include <doctest/doctest.h>

#include <array>
#include <vector>

namespace {

template <std::size_t Rank>
nca::CellMask random_mask(const std::array<int, Rank>& sizes, double density, std::uint64_t seed) {
    int rows = 1;
    for (std::size_t d = 0; d + 1 < Rank; ++d) rows *= sizes[d];
    nca::CellMask mask{rows, sizes[Rank - 1]};
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < mask.columns(); ++column) {
            const auto cell = static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>(mask.columns()) +
                              static_cast<std::uint64_t>(column);
            if (nca::Philox{seed}.uniform(cell) < density) mask.set(row, column);
        }
    }
    return mask;
}

/// True if the cell or one of its neighbours is set: the definition of dilation.
template <std::size_t Rank>
bool has_neighbour(const nca::CellMask& mask, const std::array<int, Rank>& sizes, nca::Boundary boundary, int row,
                   int column) {
    std::array<int, Rank> at{};
    at[Rank - 1] = column;
    for (std::size_t d = Rank - 1; d-- > 0;) {
        at[d] = row % sizes[d];
        row /= sizes[d];
    }
    int neighbours = 1;
    for (std::size_t d = 0; d < Rank; ++d) neighbours *= 3;
    for (int n = 0; n < neighbours; ++n) {
        int rest = n;
        int flat = 0;
        bool inside = true;
        for (std::size_t d = 0; d < Rank; ++d) {
            const int position = nca::resolve(boundary, at[d] + rest % 3 - 1, sizes[d]);
            rest /= 3;
            inside = inside && position >= 0;
            flat = flat * sizes[d] + position;
        }
        if (inside && mask.test(flat / sizes[Rank - 1], flat % sizes[Rank - 1])) return true;
    }
    return false;
}

template <std::size_t Rank>
void check_dilation(const std::array<int, Rank>& sizes) {
    for (const nca::Boundary boundary :
         {nca::Boundary::zero, nca::Boundary::torus, nca::Boundary::replicate, nca::Boundary::reflect}) {
        const nca::CellMask mask = random_mask(sizes, 0.05, 1);
        nca::CellMask dilated{mask.rows(), mask.columns()};
        nca::CellMask scratch{mask.rows(), mask.columns()};
        mask.dilate(sizes, boundary, dilated, scratch);
        int wrong = 0;
        for (int row = 0; row < mask.rows(); ++row) {
            for (int column = 0; column < mask.columns(); ++column) {
                wrong += dilated.test(row, column) != has_neighbour(mask, sizes, boundary, row, column) ? 1 : 0;
            }
        }
        CHECK(wrong == 0);
    }
}

} // namespace

TEST_CASE("dilation matches its definition in 1-D, for any number of words") {
    for (const int columns : {1, 2, 3, 63, 64, 65, 128, 200}) check_dilation(std::array{columns});
}

TEST_CASE("dilation matches its definition in 2-D") {
    for (const int columns : {1, 2, 17, 64, 65, 130}) {
        for (const int rows : {1, 2, 9}) check_dilation(std::array{rows, columns});
    }
}

TEST_CASE("dilation matches its definition in 3-D") {
    check_dilation(std::array{4, 5, 66});
    check_dilation(std::array{1, 3, 20});
}

TEST_CASE("a full mask counts every cell and leaves unused bits zero") {
    nca::CellMask mask{5, 70};
    mask.fill();
    CHECK(mask.count() == 350);
    CHECK((mask.word(0, 1) >> 6U) == 0);
}

TEST_CASE("for_each visits the set cells in row-major order") {
    const nca::CellMask mask = random_mask(std::array{7, 100}, 0.2, 5);
    std::vector<int> visited;
    mask.for_each([&](int row, int column) {
        CHECK(mask.test(row, column));
        visited.push_back(row * 100 + column);
    });
    CHECK(static_cast<int>(visited.size()) == mask.count());
    for (std::size_t i = 1; i < visited.size(); ++i) CHECK(visited[i - 1] < visited[i]);
}
