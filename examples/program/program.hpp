// SPDX-License-Identifier: Apache-2.0
// What all commands share.
#ifndef NCA_EXAMPLES_PROGRAM_PROGRAM_HPP
#define NCA_EXAMPLES_PROGRAM_PROGRAM_HPP

#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/json.hpp>

#include "command.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace program {

/// The longest side, and the most cells, of a grid that the program makes: a state of 1 GiB.
inline constexpr int max_side = 16384;
inline constexpr int max_cells = 1 << 24;

/// A failure that ends the program: Application::run() prints it as one line.
struct Failure {
    std::string message;
};

/// What is wrong when a result, the help or the version cannot be printed.
inline constexpr const char* output_failure = "standard output cannot be written";

/// The value of a result; its error ends the program.
template <class T>
[[nodiscard]] T require(nca::Result<T> result) {
    if (!result) throw Failure{result.error().message};
    return std::move(result).value();
}
inline void require(const nca::Result<void>& result) {
    if (!result) throw Failure{result.error().message};
}

/// Prints the result of a command as one JSON line on standard output. What cannot be printed ends the program.
void print_result(const nca::Json& result);
/// The same, or false.
[[nodiscard]] bool try_print(const nca::Json& result);

/// A list of values, or of value(element) of each element.
template <class List, class Value = std::identity>
[[nodiscard]] nca::Json json_list(const List& list, Value&& value = {}) {
    nca::Json::Array values;
    for (const auto& element : list) values.emplace_back(std::invoke(value, element));
    return nca::Json{std::move(values)};
}

/// True if the text is a number from `min` to `max` and nothing else.
template <class T>
[[nodiscard]] bool parse_number(std::string_view text, std::type_identity_t<T> min, std::type_identity_t<T> max,
                                T& number) {
    if constexpr (std::is_floating_point_v<T>) {
        return nca::detail::io::read_number(text, number) && number >= min && number <= max;
    } else {
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
        return code == std::errc{} && end == text.data() + text.size() && number >= min && number <= max;
    }
}

/// The enumerator that a word names: they are in the order of `words`, of which it is one.
template <class Enum>
[[nodiscard]] Enum choice(const std::vector<std::string>& words, const std::string& word) {
    return static_cast<Enum>(std::find(words.begin(), words.end(), word) - words.begin());
}

/// Numbers from `first` to `last`, both included.
struct Range {
    long first = 0;
    long last = std::numeric_limits<long>::max();

    [[nodiscard]] bool contains(long number) const noexcept { return number >= first && number <= last; }
};
/// Reads A-B, or A for one number: from 0 to `max`. Nothing if that is not all of the text.
[[nodiscard]] std::optional<Range> parse_range(std::string_view text, long max);

/// Ends the program if a file could not be written; an existing file stays as it is.
void require_writable(const std::string& path);

/// Ends the program if a grid has more cells than max_cells.
void require_grid(int height, int width);

/// The file extension in lower case, with its dot.
[[nodiscard]] std::string extension_of(const std::string& path);
/// The file name without its folder and extension.
[[nodiscard]] std::string stem_of(const std::string& path);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_PROGRAM_HPP
