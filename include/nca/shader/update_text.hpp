// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SHADER_UPDATE_TEXT_HPP
#define NCA_SHADER_UPDATE_TEXT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/shader/step_text.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

/// The update of a cell in the text that in_language() translates: perception, network, limits.
namespace nca::inline NCA_ABI::shader::inline NCA_ISA {

namespace isa_detail {

/// A function of four values: clamped to the limits, and rounded to codes if these say so.
[[nodiscard]] NCA_COLD inline std::string limit_text(std::string_view name, const Limits<float>& limits) {
    const auto all = [](float value) {
        const std::string text = literal(static_cast<double>(value));
        return "vec4(" + text + ", " + text + ", " + text + ", " + text + ")";
    };
    std::string body = "return clamp(v, " + all(limits.low) + ", " + all(limits.high) + ");";
    if (limits.rounded) {
        body = "$var vec4 code = clamp(floor(v * " + literal(static_cast<double>(limits.per_unit)) + " + " +
               all(limits.zero) + " + " + all(0.5F) + "), " + all(0.0F) + ", " + all(255.0F) +
               ");\n    return (code - " + all(limits.zero) + ") * " + literal(static_cast<double>(limits.step)) + ";";
    }
    return "$fn vec4 " + std::string{name} + "(vec4 v) {\n    " + body + "\n}\n";
}

/// A function of four values: the activation of the hidden layers.
[[nodiscard]] NCA_COLD inline std::string activation_text(const RuleDescription& rule) {
    std::string body = "max(v, vec4(0.0, 0.0, 0.0, 0.0))";
    const std::string ones = "vec4(1.0, 1.0, 1.0, 1.0)";
    if (rule.activation == "leaky_relu") body = "max(v, v * " + literal(rule.activation_slope) + ")";
    if (rule.activation == "tanh") body = "tanh(clamp(v, -" + ones + " * 10.0, " + ones + " * 10.0))";
    if (rule.activation == "sigmoid") body = ones + " / (" + ones + " + exp(-v))";
    if (rule.activation == "sine") body = "sin(v)";
    return "$fn vec4 nca_activation(vec4 v) {\n    return " + body + ";\n}\n";
}

/// The functions that read the tables, several numbers from places that are multiples of four.
[[nodiscard]] NCA_COLD inline std::string table_text(bool int8) {
    std::string text = R"(
$fn float nca_number(int i) {
    $var uvec4 words = nca_numbers_at(i / 4);
    return bits_to_float(words[i % 4]);
}
$fn vec4 nca_numbers4(int i) {
    return bits_to_float4(nca_numbers_at(i / 4));
}
)";
    text += int8 ? R"($fn vec4 nca_weights4(int i) {
    $var uvec4 words = nca_weights_at(i / 4);
    $var uint bits = words[i % 4];
    $var vec4 bytes = vec4(float(bits & 255u), float((bits >> 8u) & 255u), float((bits >> 16u) & 255u), float(bits >> 24u));
    return bytes / 255.0 - vec4(0.5, 0.5, 0.5, 0.5);
}
)"
                 : R"($fn vec4 nca_weights4(int i) {
    return bits_to_float4(nca_weights_at(i));
}
)";
    return text;
}

/// A function: 1 in the channels that a step changes, 0 in frozen ones and in those that pad.
[[nodiscard]] NCA_COLD inline std::string changed_text(const Tables& tables) {
    std::string text = "$fn vec4 nca_changed(int group) {\n";
    for (int group = 0; group < tables.groups; ++group) {
        std::string ones;
        for (int c = 4 * group; c < 4 * group + 4; ++c) {
            ones += ones.empty() ? "" : ", ";
            ones += c >= tables.rule.frozen && c < tables.rule.channels ? "1.0" : "0.0";
        }
        if (ones == "1.0, 1.0, 1.0, 1.0") continue;
        text += "    if (group == " + std::to_string(group) + ") { return vec4(" + ones + "); }\n";
    }
    return text + "    return vec4(1.0, 1.0, 1.0, 1.0);\n}\n";
}

/// What a cell perceives, as the lines of nca_update() that fill `seen`.
[[nodiscard]] NCA_COLD inline std::string perception_text_of(const Tables& tables, bool clamped) {
    const RuleDescription& rule = tables.rule;
    const int neighbours = rule.neighbours();
    const int width = 2 * rule.radius + 1;
    const std::string taps = std::to_string(tables.taps);
    std::string add;
    switch (rule.perception) {
    case PerceptionKind::filters:
    case PerceptionKind::filter_per_channel:
        add = rule.perception == PerceptionKind::filters ? R"(            $for (k, ~filters~) {
                seen[k * ~groups~ + g] += nca_number(~taps~ + k * ~neighbours~ + n) * z;
            }
)"
                                                         : R"(            $var vec4 tap = vec4(0.0, 0.0, 0.0, 0.0);
            $for (lane, 4) {
                if (4 * g + lane < ~channels~) { tap[lane] = nca_number(~taps~ + (4 * g + lane) * ~neighbours~ + n); }
            }
            seen[~groups~ + g] += tap * z;
            if (n == ~centre~) { seen[g] = z; }
)";
        break;
    case PerceptionKind::depthwise:
        add = R"(            $for (k, ~filters~) {
                seen[k * ~groups~ + g] += nca_numbers4(~taps~ + 4 * ((k * ~neighbours~ + n) * ~groups~ + g)) * z;
            }
)";
        break;
    case PerceptionKind::neighbourhood:
        add = "            seen[n * ~groups~ + g] = z;\n";
        break;
    }
    const bool added = rule.input_kind == InputKind::added;
    std::string text = R"(    $var vec4[~room~] seen;
    $for (p, ~room~) { seen[p] = vec4(0.0, 0.0, 0.0, 0.0); }
    $for (n, ~neighbours~) {
        $var int nx = x + n % ~width~ - ~radius~;
        $var int ny = y + n / ~width~ - ~radius~;
)";
    if (added) {
        text += "        $var int column = nca_place(nx, nca_width());\n"
                "        $var int row = nca_place(ny, nca_height());\n"
                "        $var bool told = column >= 0 && row >= 0~told~;\n";
    }
    text += "        $for (g, ~groups~) {\n            $var vec4 z = nca_neighbour(nx, ny, g);\n";
    if (added) text += "            if (told) { z += nca_numbers4(~goals~ + (nca_goal() * ~groups~ + g) * 4); }\n";
    text += add + "        }\n    }\n";
    const ResponseLayout layout = rule.responses();
    if (rule.gradient == GradientKind::norm) {
        // In place of the first derivative and instead of both.
        text += R"(    $for (g, ~groups~) {
        $var vec4 dx = seen[~x~ * ~groups~ + g];
        $var vec4 dy = seen[~y~ * ~groups~ + g];
        seen[~first~ * ~groups~ + g] = sqrt(dx * dx + dy * dy + vec4(1e-8, 1e-8, 1e-8, 1e-8));
    }
    $for (p, ~moved~) { seen[~last~ * ~groups~ + p] = seen[(~last~ + 1) * ~groups~ + p]; }
)";
    }
    if (rule.perception == PerceptionKind::filter_per_channel) {
        text += "    $for (p, ~twice~) { seen[~twice~ + p] = abs(seen[p]); }\n";
    }
    if (rule.input_kind == InputKind::perceived) {
        text += R"(    $for (p, ~inputs~) {
        seen[~observed~ + p] = nca_numbers4(~goals~ + (nca_goal() * ~inputs~ + p) * 4);
    }
)";
    }
    if (clamped) text += "    $for (p, ~perceived~) { seen[p] = nca_limited(seen[p]); }\n";
    const int filters =
        rule.perception == PerceptionKind::depthwise ? rule.learned_filters : static_cast<int>(rule.filters.size());
    const int room = std::max(tables.perceived_groups, filters * tables.groups);
    const int last = std::max(layout.x, layout.y);
    const auto number = [](int value) { return std::to_string(value); };
    const std::string strings[] = {number(room),
                                   number(neighbours),
                                   number(width),
                                   number(rule.radius),
                                   number(tables.groups),
                                   number(filters),
                                   number(rule.channels),
                                   number(neighbours / 2),
                                   number(layout.x),
                                   number(layout.y),
                                   number(std::min(layout.x, layout.y)),
                                   number(last),
                                   number((layout.filters - 1 - last) * tables.groups),
                                   number(2 * tables.groups),
                                   number(tables.perceived_groups - tables.blocks * tables.groups),
                                   number(tables.blocks * tables.groups),
                                   number(tables.perceived_groups),
                                   std::to_string(tables.goals)};
    const std::string told = rule.life == LifeKind::alive         ? " && nca_alive(column, row)"
                             : rule.life == LifeKind::alive_where ? " && nca_mature(column, row)"
                                                                  : "";
    return filled(
        text,
        {{"room", strings[0]},       {"neighbours", strings[1]}, {"width", strings[2]},    {"radius", strings[3]},
         {"groups", strings[4]},     {"filters", strings[5]},    {"channels", strings[6]}, {"centre", strings[7]},
         {"x", strings[8]},          {"y", strings[9]},          {"first", strings[10]},   {"last", strings[11]},
         {"moved", strings[12]},     {"twice", strings[13]},     {"inputs", strings[14]},  {"observed", strings[15]},
         {"perceived", strings[16]}, {"goals", strings[17]},     {"told", told},           {"taps", taps}});
}

/// The network, as the lines of nca_update() from `seen` to `change<last layer>`.
[[nodiscard]] NCA_COLD inline std::string network_text(const Tables& tables, bool clamped) {
    std::string text;
    std::string from = "seen";
    for (std::size_t l = 0; l < tables.layers.size(); ++l) {
        const Layer& layer = tables.layers[l];
        const bool last = l + 1 == tables.layers.size();
        const std::string to = "layer" + std::to_string(l);
        const std::string groups = std::to_string(layer.groups);
        const std::string inputs = std::to_string(layer.inputs);
        const std::string first = std::to_string(layer.first / (tables.int8 ? 1 : 4));
        const std::string bias = std::to_string(layer.bias);
        const std::string scales = std::to_string(layer.bias + 4 * static_cast<std::size_t>(layer.groups));
        const std::string scale =
            tables.int8 ? "        $var vec4 scale = nca_numbers4(" + scales + " + 4 * g);\n" : "";
        std::string result = "sum";
        if (!last) result = "nca_activation(" + result + ")";
        if (clamped)
            result = (last || tables.rule.activation != "relu" ? "nca_limited(" : "nca_limited_hidden(") + result + ")";
        text += filled(R"(    $var vec4[~groups~] ~to~;
    $for (g, ~groups~) {
        $var vec4 sum = nca_numbers4(~bias~ + 4 * g);
~scale~        $for (i, ~inputs~) {
            sum += nca_weights4(~first~ + i * ~groups~ + g)~scaled~ * ~from~[i / 4][i % 4];
        }
        ~to~[g] = ~result~;
    }
)",
                       {{"groups", groups},
                        {"to", to},
                        {"bias", bias},
                        {"scale", scale},
                        {"inputs", inputs},
                        {"first", first},
                        {"scaled", tables.int8 ? " * scale" : ""},
                        {"from", from},
                        {"result", result}});
        from = to;
    }
    return text;
}

/// Lines that add the noise of the channels that change.
[[nodiscard]] NCA_COLD inline std::string noise_text(const RuleDescription& rule, int groups) {
    const int blocks = (rule.channels - rule.frozen + 3) / 4;
    std::string text;
    for (int block = 0; block < blocks; ++block) {
        const std::string number = std::to_string(block);
        text += "    $var vec4 noise" + number + " = nca_noise(x, y, " + number + ");\n";
    }
    for (int group = 0; group < groups; ++group) {
        std::string values;
        for (int c = 4 * group; c < 4 * group + 4; ++c) {
            values += values.empty() ? "" : ", ";
            const int drawn = c - rule.frozen;
            values += drawn < 0 || c >= rule.channels ? std::string{"0.0"}
                                                      : "noise" + std::to_string(drawn / 4) + "." + "xyzw"[drawn % 4];
        }
        text += "    ~change~[" + std::to_string(group) + "] += vec4(" + values + ");\n";
    }
    return text;
}

} // namespace isa_detail

/// The functions of a step. Where a pass writes one texture, nca_update() has nca_next as a parameter: Godot has no
/// variables outside of functions.
template <class R>
[[nodiscard]] NCA_COLD std::string step_text(const Tables& tables, const StepOptions<R>& options, Language language) {
    const RuleDescription& rule = tables.rule;
    const bool clamped = rule.clamp > 0.0;
    std::string text = isa_detail::table_text(tables.int8) +
                       isa_detail::random_text(rule, options.fire_rate, options.noise) +
                       isa_detail::common_text(rule, options.boundary) + isa_detail::changed_text(tables) +
                       isa_detail::activation_text(rule);
    const double limit = clamped ? rule.clamp : rule.clamp_state;
    if (limit > 0.0)
        text += isa_detail::limit_text("nca_limited", Limits<float>::around_zero(limit, options.eight_bit && clamped));
    if (clamped)
        text += isa_detail::limit_text("nca_limited_hidden", Limits<float>::from_zero(limit, options.eight_bit));
    const bool atlas = language == Language::gdshader || language == Language::shadertoy;
    text += "$fn void nca_update(int x, int y" +
            (atlas ? ", inout vec4 nca_next[" + std::to_string(tables.groups) + "]" : std::string{}) + ") {\n" +
            "    $for (g, ~groups~) { nca_next[g] = nca_load(x, y, g); }\n";
    if (has_life_pass(rule)) text += "    if (!nca_near_life(x, y)) { return; }\n";
    if (rule.life == LifeKind::alive_where) text += "    if (!nca_mature(x, y)) { return; }\n";
    if (rule.life == LifeKind::alive && !has_life_pass(rule)) {
        const std::string cleared = "$for (g, ~groups~) { nca_next[g] = vec4(0.0, 0.0, 0.0, 0.0); }";
        text += "    if (!nca_alive(x, y)) {\n";
        text += rule.life_test == LifeTest::on_update ? "        if (!nca_fires(x, y)) { return; }\n" : "";
        text += "        " + cleared + "\n        return;\n    }\n";
    }
    text += "    if (!nca_fires(x, y)) { return; }\n";
    text += isa_detail::perception_text_of(tables, clamped) + isa_detail::network_text(tables, clamped);
    if (options.noise != 0.0) text += isa_detail::noise_text(rule, tables.groups);
    text += "    $for (g, ~groups~) {\n        nca_next[g] += ~step~~change~[g] * nca_changed(g);\n";
    if (limit > 0.0) text += "        nca_next[g] = nca_limited(nca_next[g]);\n";
    text += "    }\n}\n";
    const std::string groups = std::to_string(tables.groups);
    const std::string change = "layer" + std::to_string(tables.layers.size() - 1);
    const auto step_size = static_cast<double>(options.step_size);
    const std::string step = step_size == 1.0 ? "" : isa_detail::literal(step_size) + " * ";
    return isa_detail::filled(text, {{"groups", groups}, {"change", change}, {"step", step}});
}

} // namespace nca::inline NCA_ABI::shader::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SHADER_UPDATE_TEXT_HPP
