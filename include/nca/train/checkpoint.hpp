// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_CHECKPOINT_HPP
#define NCA_TRAIN_CHECKPOINT_HPP

#include <nca/cell/field.hpp>
#include <nca/core/cell_mask.hpp>
#include <nca/core/hash.hpp>
#include <nca/core/result.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/train/sample_pool.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Checkpoints of a training run: weights and their running mean, optimiser, pool, counters and the losses so far. A
/// run that resumes equals one that was not interrupted, bit for bit.
///
/// A trainer serves if it has `rule`, `averaged_rule`, `adam`, `pool`, `sizes` (of the grid), `iteration` and
/// `set_iteration`; if it has `labels`, one number per state of the pool is kept too.
namespace nca::inline NCA_ISA {

namespace isa_detail {

template <class Trainer>
inline constexpr bool has_labels = requires(Trainer& trainer) {
    trainer.labels();
};

} // namespace isa_detail

/// Writes a checkpoint, whole or not at all. identity: what has to agree with the run that continues it. losses: of the
/// iterations so far, kept for the loss curve.
template <class Trainer>
[[nodiscard]] Result<void> save_training(const Trainer& trainer, const StoredMetadata& identity,
                                         std::span<const float> losses, const std::string& path) {
    using R = std::remove_cvref_t<decltype(trainer.rule())>;
    using T = typename R::Value;
    constexpr auto channels = static_cast<std::size_t>(R::channels);
    SafetensorsWriter writer;
    for (const auto& [key, value] : identity) writer.set_metadata(key, value);
    writer.set_metadata("iteration", std::to_string(trainer.iteration()));
    writer.set_metadata("adam steps", std::to_string(trainer.adam().steps()));
    std::vector<std::int32_t> counts;
    std::vector<std::span<const std::int32_t>> positions;
    std::vector<std::span<const T>> values;
    std::size_t cells = 0;
    for (int i = 0; i < trainer.pool().size(); ++i) {
        const SparseState<T>& state = trainer.pool()[i];
        counts.push_back(state.count());
        positions.emplace_back(state.positions);
        values.emplace_back(state.values);
        cells += state.positions.size();
    }
    const std::span<const T> parameters = trainer.rule().parameters();
    writer.add("parameters", {parameters.size()}, parameters);
    writer.add("average", {parameters.size()}, trainer.averaged_rule().parameters());
    writer.add("adam.mean", {parameters.size()}, trainer.adam().mean());
    writer.add("adam.square", {parameters.size()}, trainer.adam().square());
    writer.add("pool.counts", {counts.size()}, std::span<const std::int32_t>(counts));
    // A pool of textures has hundreds of megabytes: it is not copied.
    writer.add_pieces<std::int32_t>("pool.positions", {cells}, positions);
    writer.add_pieces<T>("pool.values", {cells, channels}, values);
    if constexpr (isa_detail::has_labels<const Trainer>) {
        writer.add("pool.labels", {trainer.labels().size()}, std::span<const std::int32_t>(trainer.labels()));
    }
    writer.add("losses", {losses.size()}, losses);
    return write_safetensors(path, writer);
}

/// Continues a trainer of the same identity from a checkpoint; returns the losses so far. Labels lie in [0,
/// label_count). Errors: the file is missing or corrupt, or belongs to another run; the trainer is unchanged then.
template <class Trainer>
[[nodiscard]] Result<std::vector<float>> load_training(Trainer& trainer, const StoredMetadata& identity,
                                                       const std::string& path,
                                                       [[maybe_unused]] std::int32_t label_count = 0) {
    using R = std::remove_cvref_t<decltype(trainer.rule())>;
    using T = typename R::Value;
    constexpr auto channels = static_cast<std::size_t>(R::channels);
    auto file = read_safetensors(path);
    if (!file) return file.error();
    const auto wrong = [&](const std::string& what) { return Error{"'" + path + "': " + what}; };
    for (const auto& [key, wanted] : identity) {
        const auto found = file->require_metadata(key);
        if (!found) return found.error();
        if (*found != wanted) {
            return wrong("the checkpoint belongs to another run: " + key + " is '" + *found + "', expected '" + wanted +
                         "'");
        }
    }
    const auto number = [&](std::string_view key) -> Result<std::int64_t> {
        const auto text = file->require_metadata(key);
        if (!text) return text.error();
        std::int64_t value = 0;
        const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), value);
        if (code != std::errc{} || end != text->data() + text->size() || value < 0) {
            return wrong(std::string{key} + " is no number: '" + *text + "'");
        }
        return value;
    };
    const auto iteration = number("iteration");
    if (!iteration) return iteration.error();
    const auto adam_steps = number("adam steps");
    if (!adam_steps) return adam_steps.error();

    const auto check_finite = [&](std::string_view name, std::span<const T> values) -> Result<void> {
        if (std::all_of(values.begin(), values.end(), [](T v) { return std::isfinite(v); })) return {};
        return wrong("tensor '" + std::string{name} + "' holds a value that is not finite");
    };
    const auto finite_values = [&](std::string_view name,
                                   const std::vector<std::size_t>& shape) -> Result<std::vector<T>> {
        auto values = file->template to_vector<T>(name, shape);
        if (!values) return values;
        if (const auto finite = check_finite(name, *values); !finite) return finite.error();
        return values;
    };

    const std::size_t size = trainer.rule().parameters().size();
    auto parameters = finite_values("parameters", {size});
    if (!parameters) return parameters.error();
    auto average = finite_values("average", {size});
    if (!average) return average.error();
    auto mean = finite_values("adam.mean", {size});
    if (!mean) return mean.error();
    auto square = finite_values("adam.square", {size});
    if (!square) return square.error();
    auto losses = file->template to_vector<float>("losses", {static_cast<std::size_t>(*iteration)});
    if (!losses) return losses.error();
    const auto states = static_cast<std::size_t>(trainer.pool().size());
    const auto counts = file->template to_vector<std::int32_t>("pool.counts", {states});
    if (!counts) return counts.error();
    const Field<T, R::channels, R::rank> geometry{trainer.sizes()};
    std::size_t cells = 0;
    for (const std::int32_t count : *counts) {
        if (count < 0 || count > geometry.cells()) return wrong("tensor 'pool.counts' holds an impossible number");
        cells += static_cast<std::size_t>(count);
    }
    const auto positions = file->template to_vector<std::int32_t>("pool.positions", {cells});
    if (!positions) return positions.error();
    const auto values = file->require("pool.values", {cells, channels});
    if (!values) return values.error();
    if ((*values)->dtype != dtype_of<T>) {
        return wrong("tensor 'pool.values': expected dtype " + std::string{dtype_name(dtype_of<T>)} + ", found " +
                     std::string{dtype_name((*values)->dtype)});
    }

    // Only positions of cells, ascending in each state, may reach the grid.
    CellMask inside{geometry.position(geometry.rows() - 1, geometry.columns() - 1) + 1, 1};
    for (int row = 0; row < geometry.rows(); ++row) {
        for (int column = 0; column < geometry.columns(); ++column) inside.set(geometry.position(row, column), 0);
    }
    SamplePool<T> pool{trainer.pool().size(), {}};
    std::size_t first = 0;
    for (std::size_t i = 0; i < states; ++i) {
        const auto count = static_cast<std::size_t>((*counts)[i]);
        SparseState<T>& state = pool[static_cast<int>(i)];
        const auto from = positions->begin() + static_cast<std::ptrdiff_t>(first);
        state.positions.assign(from, from + static_cast<std::ptrdiff_t>(count));
        std::int32_t last = -1;
        for (const std::int32_t position : state.positions) {
            if (position <= last || position >= inside.rows() || !inside.test(position, 0)) {
                return wrong("tensor 'pool.positions' holds a position outside the grid");
            }
            last = position;
        }
        state.values.resize(count * channels);
        if (count > 0) {
            std::memcpy(state.values.data(), (*values)->bytes.data() + first * channels * sizeof(T),
                        count * channels * sizeof(T));
        }
        if (const auto finite = check_finite("pool.values", state.values); !finite) return finite.error();
        first += count;
    }
    if constexpr (isa_detail::has_labels<Trainer>) {
        const auto labels = file->template to_vector<std::int32_t>("pool.labels", {states});
        if (!labels) return labels.error();
        if (!std::all_of(labels->begin(), labels->end(),
                         [&](auto label) { return label >= 0 && label < label_count; })) {
            return wrong("tensor 'pool.labels' holds an impossible label");
        }
        std::copy(labels->begin(), labels->end(), trainer.labels().begin());
    }
    std::copy(parameters->begin(), parameters->end(), trainer.rule().parameters().begin());
    std::copy(average->begin(), average->end(), trainer.averaged_rule().parameters().begin());
    std::copy(mean->begin(), mean->end(), trainer.adam().mean().begin());
    std::copy(square->begin(), square->end(), trainer.adam().square().begin());
    trainer.adam().set_steps(*adam_steps);
    trainer.pool() = std::move(pool);
    trainer.set_iteration(*iteration);
    return std::move(*losses);
}

} // namespace nca::inline NCA_ISA

#endif // NCA_TRAIN_CHECKPOINT_HPP
