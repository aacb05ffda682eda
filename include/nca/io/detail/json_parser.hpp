// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DETAIL_JSON_PARSER_HPP
#define NCA_IO_DETAIL_JSON_PARSER_HPP

#include <nca/io/json.hpp>

#include <algorithm>

namespace nca::detail::io {

// Recursive descent; the recursion is bounded by JsonLimits::depth. Each function leaves position_ behind what it read
// and returns false after a failure, whose message and place are then set.
class JsonParser {
public:
    JsonParser(std::string_view text, JsonLimits limits) : text_{text}, limits_{limits} {}

    Result<Json> parse() {
        Json root;
        skip_space();
        if (!read_value(root, 0)) return located_error();
        skip_space();
        if (position_ < text_.size()) {
            fail("expected the end of the text after the value, found " + here());
            return located_error();
        }
        return root;
    }

private:
    bool fail(std::string message) {
        message_ = std::move(message);
        return false;
    }

    // Lines are counted only here, so that reading stays linear.
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

    void skip_space() noexcept {
        while (position_ < text_.size()) {
            const char c = text_[position_];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
            ++position_;
        }
    }

    bool read_value(Json& out, std::size_t depth) {
        if (++values_ > limits_.values) return fail("more than " + std::to_string(limits_.values) + " values");
        switch (peek()) {
        case '{':
        case '[':
            if (depth == limits_.depth) {
                return fail("more than " + std::to_string(limits_.depth) + " arrays and objects inside one another");
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

    std::size_t skip_digits() noexcept {
        const std::size_t begin = position_;
        while (peek() >= '0' && peek() <= '9') ++position_;
        return position_ - begin;
    }

    bool read_number(Json& out) {
        const std::size_t begin = position_;
        const bool negative = accept('-');
        const bool zero = peek() == '0';
        const std::size_t digits = skip_digits();
        if (digits == 0) return fail((negative ? "expected a digit, found " : "expected a value, found ") + here());
        if (zero && digits > 1) {
            position_ = begin;
            return fail("a number starts with a superfluous 0");
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
        // -0 is kept as a real, which has a sign; integers beyond 64 bits are kept as the nearest real.
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
            return fail("the number " + quote(digits_text) + " is beyond the range of double");
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
            // Runs of plain characters are appended at once: model files hold base64 texts of 100 kB.
            const std::size_t run = position_;
            while (position_ < text_.size() && is_plain(text_[position_])) ++position_;
            out += text_.substr(run, position_ - run);
            if (accept('"')) return true;
            if (position_ >= text_.size()) break;
            if (accept('\\')) {
                if (!read_escape(out)) return false;
                continue;
            }
            if (static_cast<unsigned char>(peek()) < 0x20) {
                return fail("a control character in a string must be escaped");
            }
            const std::size_t length = utf8_sequence(text_.substr(position_));
            if (length == 0) return fail("a string is not valid UTF-8 at " + here());
            out += text_.substr(position_, length);
            position_ += length;
        }
        position_ = opening;
        return fail("a string is not closed");
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
        if (!read_hex(code)) return false;
        if (code >= 0xDC00 && code <= 0xDFFF) return fail("the second half of a surrogate pair stands alone");
        if (code >= 0xD800 && code <= 0xDBFF) {
            unsigned low = 0;
            if (!accept('\\') || !accept('u')) return fail("the first half of a surrogate pair stands alone");
            if (!read_hex(low)) return false;
            if (low < 0xDC00 || low > 0xDFFF) return fail("the first half of a surrogate pair stands alone");
            code = 0x10000U + ((code - 0xD800U) << 10U) + (low - 0xDC00U);
        }
        append_utf8(out, code);
        return true;
    }

    bool read_hex(unsigned& code) {
        for (int i = 0; i < 4; ++i) {
            const char c = peek();
            unsigned digit = 0;
            if (c >= '0' && c <= '9') {
                digit = static_cast<unsigned>(c - '0');
            } else if (c >= 'a' && c <= 'f') {
                digit = static_cast<unsigned>(c - 'a') + 10U;
            } else if (c >= 'A' && c <= 'F') {
                digit = static_cast<unsigned>(c - 'A') + 10U;
            } else {
                return fail("expected four hexadecimal digits after \\u, found " + here());
            }
            code = code * 16U + digit;
            ++position_;
        }
        return true;
    }

    static void append_utf8(std::string& out, unsigned code) {
        const auto tail = [&](unsigned shift) { return static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
        if (code < 0x80) {
            out += static_cast<char>(code);
        } else if (code < 0x800) {
            out += static_cast<char>(0xC0U | (code >> 6U));
            out += tail(0);
        } else if (code < 0x10000) {
            out += static_cast<char>(0xE0U | (code >> 12U));
            out += tail(6);
            out += tail(0);
        } else {
            out += static_cast<char>(0xF0U | (code >> 18U));
            out += tail(12);
            out += tail(6);
            out += tail(0);
        }
    }

    bool read_array(Json& out, std::size_t depth) {
        ++position_;
        Json::Array elements;
        skip_space();
        if (!accept(']')) {
            while (true) {
                skip_space();
                if (!read_value(elements.emplace_back(), depth)) return false;
                skip_space();
                if (accept(']')) break;
                if (!accept(',')) return fail("expected ',' or ']' after an element, found " + here());
            }
        }
        out = Json{std::move(elements)};
        return true;
    }

    bool read_object(Json& out, std::size_t depth) {
        ++position_;
        Json::Object members;
        skip_space();
        if (!accept('}')) {
            while (true) {
                skip_space();
                if (peek() != '"') return fail("expected a key in double quotes, found " + here());
                auto& [key, value] = members.emplace_back();
                if (!read_string(key)) return false;
                skip_space();
                if (!accept(':')) return fail("expected ':' after a key, found " + here());
                skip_space();
                if (!read_value(value, depth)) return false;
                skip_space();
                if (accept('}')) break;
                if (!accept(',')) return fail("expected ',' or '}' after a member, found " + here());
            }
        }
        if (!check_unique(members)) return false;
        out = Json{std::move(members)};
        return true;
    }

    // Sorting keeps an object of a million members at O(n log n); comparing all pairs would not.
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

} // namespace nca::detail::io

namespace nca {

inline Result<Json> parse_json(std::string_view text, JsonLimits limits) {
    return detail::io::JsonParser{text, limits}.parse();
}

} // namespace nca

#endif // NCA_IO_DETAIL_JSON_PARSER_HPP
