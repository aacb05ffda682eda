// SPDX-License-Identifier: Apache-2.0
#include "hexagons.hpp"

#include <nca/systems/texture/cell_fields.hpp>

#include <algorithm>
#include <cmath>

namespace program {

support::Image hexagons(const support::Image& cells, int scale) {
    const auto rows = static_cast<int>(std::lround(cells.height * nca::texture::hex_row_height * scale));
    support::Image image{cells.width * scale, std::max(rows, 1)};
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const auto [across, down] = lattice_point((x + 0.5) / scale, (y + 0.5) / scale, cells.height);
            const auto cell = nca::texture::on_torus(nca::texture::cell_at(nca::Lattice::hexagonal, across, down),
                                                     cells.height, cells.width);
            std::copy_n(cells.at(cell.column, cell.row), 4, image.at(x, y));
        }
    }
    return image;
}

} // namespace program
