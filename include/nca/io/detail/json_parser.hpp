// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DETAIL_JSON_PARSER_HPP
#define NCA_IO_DETAIL_JSON_PARSER_HPP

#include <nca/core/push_macros.hpp>

#include <nca/io/json.hpp>

#include <algorithm>

namespace nca::inline NCA_ABI::detail::io {

// Recursive descent to JsonLimits::depth. Functions return false with message_ set and position_ at the error.
class JsonParser {
public:
    JsonParser(std::string_view text, JsonLimits limits) : text_{text}, limits_{limits} {}

    Result<Json> parse() {
        Json root;
        if (text_.starts_with("\xFE\xFF") || text_.starts_with("\xFF\xFE")) {
            return Error{"the text is UTF-16: expected UTF-8"};
        }
        if (text_.starts_with(byte_order_mark)) position_ = byte_order_mark.size();
        skip_space();
        if (!read_value(root, 0)) return located_error();
        skip_space();
        if (position_ == text_.size()) return root;
        fail("expected the end of the text after the value, found " + here());
        return located_error();
    }

private:
    static constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

    bool fail(std::string message) {
        message_ = std::move(message);
        return false;
    }

    // Lines are counted only after an error, so that parsing stays linear.
    Error located_error() const {
        const std::string_view before = text_.substr(0, position_);
        const auto line = 1 + std::count(before.begin(), before.end(), '\n');
        const std::size_t column = position_ - (before.rfind('\n') + 1); // npos + 1 is 0
        return Error{"line " + std::to_string(line) + ", column " + std::to_string(column + 1) + ": " + message_};
    }

    std::string here() const {
        if (position_ >= text_.size()) return "the end of the text";
        const std::string_view rest = text_.substr(position_);
        const std::size_t length = utf8_sequence(rest);
        if (length > 0) return quote(rest.substr(0, length));
        constexpr std::string_view digits = "0123456789ABCDEF";
        const unsigned byte = static_cast<unsigned char>(rest.front());
        return std::string{"the byte 0x"} + digits[byte >> 4U] + digits[byte & 15U];
    }

    char peek() const noexcept { return position_ < text_.size() ? text_[position_] : '\0'; }

    bool accept(char expected) noexcept {
        if (position_ >= text_.size() || text_[position_] != expected) return false;
        ++position_;
        return true;
    }

    std::size_t skip(std::string_view set) noexcept {
        const std::size_t begin = position_;
        position_ = std::min(text_.find_first_not_of(set, begin), text_.size());
        return position_ - begin;
    }
    void skip_space() noexcept { skip(" \n\r\t"); }
    std::size_t skip_digits() noexcept { return skip("0123456789"); }

    bool read_value(Json& out, std::size_t depth) {
        if (++values_ > limits_.values) return fail("more than " + std::to_string(limits_.values) + " values");
        switch (peek()) {
        case '{':
        case '[':
            if (depth == limits_.depth) {
                return fail("arrays and objects are nested more than " + std::to_string(limits_.depth) + " deep");
            }
            return peek() == '{' ? read_object(out, depth + 1) : read_array(out, depth + 1);
        case '"': {
            std::string text;
            if (!read_string(text)) return false;
            out = Json{std::move(text)};
            return true;
        }
        case 't':
            return read_word("true", Json{true}, out);
        case 'f':
            return read_word("false", Json{false}, out);
        case 'n':
            return read_word("null", Json{}, out);
        default:
            return read_number(out);
        }
    }

    bool read_word(std::string_view word, Json value, Json& out) {
        if (text_.substr(position_, word.size()) != word) return fail("expected a value, found " + here());
        position_ += word.size();
        out = std::move(value);
        return true;
    }

    bool read_number(Json& out) {
        const std::size_t begin = position_;
        const bool negative = accept('-');
        const bool zero = peek() == '0';
        const std::size_t digits = skip_digits();
        if (digits == 0) return fail((negative ? "expected a digit, found " : "expected a value, found ") + here());
        if (zero && digits > 1) {
            position_ = begin;
            return fail("a number has a leading 0");
        }
        bool real = false;
        if (accept('.')) {
            real = true;
            if (skip_digits() == 0) return fail("expected a digit after the decimal point, found " + here());
        }
        if (accept('e') || accept('E')) {
            real = true;
            if (!accept('+')) accept('-');
            if (skip_digits() == 0) return fail("expected a digit in the exponent, found " + here());
        }
        const std::string_view digits_text = text_.substr(begin, position_ - begin);
        // -0 becomes a real, which can have a sign; integers beyond 64 bits become the nearest real.
        if (!real && digits_text != "-0") {
            std::int64_t integer = 0;
            std::uint64_t large = 0;
            const bool small = whole(digits_text, integer);
            if (small || whole(digits_text, large)) {
                out = small ? Json{integer} : Json{large};
                return true;
            }
        }
        double value = 0;
        if (!read_real(digits_text, value)) {
            position_ = begin;
            return fail("the number " + quote(digits_text) + " is out of the range of double");
        }
        out = Json{value};
        return true;
    }

    template <class Integer>
    static bool whole(std::string_view digits, Integer& value) noexcept {
        const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return code == std::errc{} && end == digits.data() + digits.size();
    }

    static bool is_plain(char c) noexcept {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
    }

    bool read_string(std::string& out) {
        const std::size_t opening = position_;
        ++position_;
        while (position_ < text_.size()) {
            // Runs of plain characters are appended at once: model files contain base64 strings of 100 kB.
            const std::size_t run = position_;
            while (position_ < text_.size() && is_plain(text_[position_])) ++position_;
            out += text_.substr(run, position_ - run);
            if (accept('"')) return true;
            if (position_ >= text_.size()) break;
            if (accept('\\')) {
                if (!read_escape(out)) return false;
                continue;
            }
            if (static_cast<unsigned char>(peek()) < 0x20) return fail("a string has an unescaped control character");
            const std::size_t length = utf8_sequence(text_.substr(position_));
            if (length == 0) return fail("a string is not valid UTF-8 at " + here());
            out += text_.substr(position_, length);
            position_ += length;
        }
        position_ = opening;
        return fail("a string has no closing quote");
    }

    bool read_escape(std::string& out) {
        const char c = peek();
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        if (const std::size_t found = letters.find(c); found != std::string_view::npos) {
            ++position_;
            out += meanings[found];
            return true;
        }
        if (c != 'u') return fail("unknown escape, found " + here() + " after the backslash");
        ++position_;
        unsigned code = 0;
        unsigned low = 0;
        if (!read_hex(code)) return false;
        if (code >= 0xDC00 && code <= 0xDFFF) return fail("unpaired low surrogate");
        if (code >= 0xD800 && code <= 0xDBFF) {
            if (accept('\\') && accept('u') && !read_hex(low)) return false;
            if (low < 0xDC00 || low > 0xDFFF) return fail("unpaired high surrogate");
            code = 0x10000U + ((code - 0xD800U) << 10U) + (low - 0xDC00U);
        }
        append_utf8(out, code);
        return true;
    }

    bool read_hex(unsigned& code) {
        const char* const begin = text_.data() + position_;
        const auto end =
            std::from_chars(begin, begin + std::min<std::size_t>(4, text_.size() - position_), code, 16).ptr;
        position_ += static_cast<std::size_t>(end - begin);
        return end == begin + 4 || fail("expected four hexadecimal digits after \\u, found " + here());
    }

    static void append_utf8(std::string& out, unsigned code) {
        const unsigned tails = code < 0x80 ? 0 : (code < 0x800 ? 1 : (code < 0x10000 ? 2 : 3)); // continuation bytes
        const unsigned lead = tails == 0 ? 0 : (0xF80U >> tails) & 0xFFU;
        out += static_cast<char>(lead | (code >> (6 * tails)));
        for (unsigned i = tails; i-- > 0;) out += static_cast<char>(0x80U | ((code >> (6 * i)) & 0x3FU));
    }

    template <class ReadOne>
    bool read_sequence(char close, std::string_view what, ReadOne&& read_one) {
        ++position_;
        skip_space();
        if (accept(close)) return true;
        do {
            skip_space();
            if (!read_one()) return false;
            skip_space();
            if (accept(close)) return true;
        } while (accept(','));
        return fail("expected ',' or '" + std::string{close} + "' after " + std::string{what} + ", found " + here());
    }

    bool read_array(Json& out, std::size_t depth) {
        Json::Array elements;
        if (!read_sequence(']', "an element", [&] { return read_value(elements.emplace_back(), depth); })) return false;
        out = Json{std::move(elements)};
        return true;
    }

    bool read_object(Json& out, std::size_t depth) {
        Json::Object members;
        const auto read_member = [&] {
            if (peek() != '"') return fail("expected a key in double quotes, found " + here());
            auto& [key, value] = members.emplace_back();
            if (!read_string(key)) return false;
            skip_space();
            if (!accept(':')) return fail("expected ':' after a key, found " + here());
            skip_space();
            return read_value(value, depth);
        };
        if (!read_sequence('}', "a member", read_member) || !check_unique(members)) return false;
        out = Json{std::move(members)};
        return true;
    }

    // By sorting: comparing all pairs would be quadratic.
    bool check_unique(const Json::Object& members) {
        std::vector<std::string_view> keys;
        keys.reserve(members.size());
        for (const auto& member : members) keys.push_back(member.first);
        std::sort(keys.begin(), keys.end());
        const auto twin = std::adjacent_find(keys.begin(), keys.end());
        return twin == keys.end() || fail("the object that ends here has the key " + quote(*twin) + " twice");
    }

    std::string_view text_;
    JsonLimits limits_;
    std::size_t position_ = 0;
    std::size_t values_ = 0;
    std::string message_;
};

} // namespace nca::inline NCA_ABI::detail::io

namespace nca::inline NCA_ABI {

inline Result<Json> parse_json(std::string_view text, JsonLimits limits) {
    return detail::io::JsonParser{text, limits}.parse();
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_DETAIL_JSON_PARSER_HPP
