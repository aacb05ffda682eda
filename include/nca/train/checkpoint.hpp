// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_CHECKPOINT_HPP
#define NCA_TRAIN_CHECKPOINT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/byte_order.hpp>
#include <nca/core/fields.hpp>
#include <nca/core/result.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/train/sample_pool.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI {

/// All that a training needs to continue exactly: views of what a Trainer holds.
template <class T>
struct TrainingState {
    /// Parameters, their running mean, and the optimiser's tensors: each has a name.
    std::vector<std::pair<std::string, std::span<T>>> tensors{};
    std::span<T> previous{}; ///< these tensors before the last update; a file of an earlier version lacks them
    SamplePool<T>* pool = nullptr;
    std::vector<float>* losses = nullptr; ///< one per iteration
    std::int64_t* iteration = nullptr;
    std::int64_t optimiser_steps = 0;
    /// Further numbers and their names: 0 where a file, which may be of an earlier version, lacks them.
    std::vector<std::pair<std::string, std::int64_t*>> counters{};
    std::span<const int> sizes{}; ///< of the grid
    int channels = 0;
    std::int32_t label_count = std::numeric_limits<std::int32_t>::max(); ///< labels of the pool lie below
};

namespace detail {

/// Checks that `positions` ascend and lie inside of the border of a bordered grid of these sizes.
[[nodiscard]] NCA_COLD inline bool are_cells(std::span<const std::int32_t> positions, std::span<const int> sizes) {
    std::int64_t last = -1;
    for (const std::int32_t position : positions) {
        if (position <= last) return false;
        last = position;
        std::int64_t rest = position;
        for (std::size_t d = sizes.size(); d-- > 0;) {
            const std::int64_t at = rest % (sizes[d] + 2);
            if (at < 1 || at > sizes[d]) return false;
            rest /= sizes[d] + 2;
        }
        if (rest != 0) return false;
    }
    return true;
}

[[nodiscard]] NCA_COLD inline Result<std::int64_t> checkpoint_number(const SafetensorsFile& file,
                                                                     std::string_view key) {
    const auto text = file.require_metadata(key);
    if (!text) return text.error();
    constexpr std::int64_t largest = std::int64_t{1} << 53; // training counts on, and computes with it as a double
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (code != std::errc{} || end != text->data() + text->size() || value < 0 || value > largest) {
        return about_file(file.file_name(), Error{std::string{key} + " is impossible: " + quote(*text)});
    }
    return value;
}

[[nodiscard]] NCA_COLD inline Result<void> check_identity(const SafetensorsFile& file, const TextPairs& identity) {
    for (const auto& [key, wanted] : identity) {
        const auto found = file.require_metadata(key);
        if (!found) return found.error();
        if (*found == wanted) continue;
        return about_file(file.file_name(), Error{"the checkpoint belongs to another run: " + key + " is " +
                                                  quote(*found) + ", expected " + quote(wanted)});
    }
    return {};
}

template <class T>
[[nodiscard]] NCA_COLD Result<void> check_finite_values(const SafetensorsFile& file, std::string_view name,
                                                        std::span<const T> values) {
    if (std::all_of(values.begin(), values.end(), [](T v) { return std::isfinite(v); })) return {};
    return about_file(file.file_name(), Error{"tensor '" + std::string{name} + "' holds a value that is not finite"});
}

/// Reads the pool of a checkpoint; only cells of the grid, ascending in each state, may reach it.
template <class T>
[[nodiscard]] NCA_COLD Result<SamplePool<T>> read_pool(const SafetensorsFile& file, const TrainingState<T>& state) {
    const auto wrong = [&](const char* what) { return about_file(file.file_name(), Error{what}); };
    const auto states = static_cast<std::size_t>(state.pool->size());
    const auto channels = static_cast<std::size_t>(state.channels);
    const auto counts = file.template to_vector<std::int32_t>("pool.counts", {states});
    if (!counts) return counts.error();
    std::int64_t most = 1;
    for (const int size : state.sizes) most *= size;
    std::size_t cells = 0;
    for (const std::int32_t count : *counts) {
        if (count < 0 || count > most) return wrong("tensor 'pool.counts' holds an impossible number");
        cells += static_cast<std::size_t>(count);
    }
    const auto positions = file.template to_vector<std::int32_t>("pool.positions", {cells});
    if (!positions) return positions.error();
    const auto values = file.require("pool.values", {cells, channels});
    if (!values) return values.error();
    if ((*values)->dtype != dtype_of<T>) {
        return about_file(file.file_name(),
                          Error{"tensor 'pool.values': expected dtype " + std::string{dtype_name(dtype_of<T>)} +
                                ", found " + std::string{(*values)->dtype_text()}});
    }
    const auto labels = file.template to_vector<std::int32_t>("pool.labels", {states});
    if (!labels) return labels.error();
    SamplePool<T> pool{state.pool->size(), {}};
    std::size_t first = 0;
    for (std::size_t i = 0; i < states; ++i) {
        const auto count = static_cast<std::size_t>((*counts)[i]);
        SparseState<T>& to = pool[static_cast<int>(i)];
        const auto from = positions->begin() + static_cast<std::ptrdiff_t>(first);
        to.positions.assign(from, from + static_cast<std::ptrdiff_t>(count));
        if (!are_cells(to.positions, state.sizes)) {
            return wrong("tensor 'pool.positions' holds a position outside the grid");
        }
        to.values.resize(count * channels);
        detail::copy_little_endian((*values)->bytes.data() + first * channels * sizeof(T), std::span{to.values});
        if (const auto finite = check_finite_values<T>(file, "pool.values", to.values); !finite) return finite.error();
        if ((*labels)[i] < 0 || (*labels)[i] >= state.label_count) {
            return wrong("tensor 'pool.labels' holds an impossible label");
        }
        pool.label(static_cast<int>(i)) = (*labels)[i];
        first += count;
    }
    return pool;
}

} // namespace detail

/// Calls write(writer) with a checkpoint and returns what it returns. identity: what has to agree with the run that
/// continues it.
template <class T, class Write>
[[nodiscard]] NCA_COLD auto write_checkpoint(const TrainingState<T>& state, const TextPairs& identity, Write&& write)
    -> decltype(write(std::declval<const SafetensorsWriter&>())) {
    SafetensorsWriter writer;
    for (const auto& [key, value] : identity) writer.set_metadata(key, value);
    writer.set_metadata("iteration", std::to_string(*state.iteration));
    writer.set_metadata("optimiser steps", std::to_string(state.optimiser_steps));
    for (const auto& [name, value] : state.counters) writer.set_metadata(name, std::to_string(*value));
    for (const auto& [name, values] : state.tensors) writer.add(name, {values.size()}, std::span<const T>(values));
    writer.add("previous", {state.previous.size()}, std::span<const T>(state.previous));
    std::vector<std::int32_t> counts;
    std::vector<std::span<const std::int32_t>> positions;
    std::vector<std::span<const T>> values;
    std::size_t cells = 0;
    for (int i = 0; i < state.pool->size(); ++i) {
        const SparseState<T>& cell = (*state.pool)[i];
        counts.push_back(cell.count());
        positions.emplace_back(cell.positions);
        values.emplace_back(cell.values);
        cells += cell.positions.size();
    }
    writer.add("pool.counts", {counts.size()}, std::span<const std::int32_t>(counts));
    // A pool of textures has hundreds of megabytes: it is not copied.
    writer.template add_pieces<std::int32_t>("pool.positions", {cells}, positions);
    writer.template add_pieces<T>("pool.values", {cells, static_cast<std::size_t>(state.channels)}, values);
    writer.add("pool.labels", {counts.size()}, std::span<const std::int32_t>(state.pool->labels()));
    writer.add("losses", {state.losses->size()}, std::span<const float>(*state.losses));
    return write(std::as_const(writer));
}

/// Restores a training and returns the optimiser's steps. Errors (nothing changes): see Trainer::resume().
template <class T>
[[nodiscard]] NCA_COLD Result<std::int64_t> read_checkpoint(TrainingState<T> state, const TextPairs& identity,
                                                            const SafetensorsFile& file) {
    if (const auto same = detail::check_identity(file, identity); !same) return same.error();
    const auto iteration = detail::checkpoint_number(file, "iteration");
    if (!iteration) return iteration.error();
    const auto steps = detail::checkpoint_number(file, "optimiser steps");
    if (!steps) return steps.error();
    std::vector<std::int64_t> counters;
    for (const auto& [name, value] : state.counters) {
        const bool known = file.find_metadata(name) != nullptr;
        const auto number = known ? detail::checkpoint_number(file, name) : Result<std::int64_t>{0};
        if (!number) return number.error();
        if (*number > std::max({*iteration, *steps, std::int64_t{1}})) {
            return about_file(file.file_name(), Error{name + " is impossible: " + std::to_string(*number)});
        }
        counters.push_back(*number);
    }
    if (file.find("previous") != nullptr) state.tensors.emplace_back("previous", state.previous);
    std::vector<std::vector<T>> tensors;
    for (const auto& [name, target] : state.tensors) {
        auto values = file.template to_vector<T>(name, {target.size()});
        if (!values) return values.error();
        if (const auto finite = detail::check_finite_values<T>(file, name, *values); !finite) return finite.error();
        tensors.push_back(std::move(*values));
    }
    auto losses = file.template to_vector<float>("losses", {static_cast<std::size_t>(*iteration)});
    if (!losses) return losses.error();
    auto pool = detail::read_pool(file, state);
    if (!pool) return pool.error();
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        std::copy(tensors[i].begin(), tensors[i].end(), state.tensors[i].second.begin());
    }
    for (std::size_t i = 0; i < counters.size(); ++i) *state.counters[i].second = counters[i];
    *state.pool = std::move(*pool);
    *state.losses = std::move(*losses);
    *state.iteration = *iteration;
    return *steps;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_CHECKPOINT_HPP
