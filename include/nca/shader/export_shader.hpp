// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SHADER_EXPORT_SHADER_HPP
#define NCA_SHADER_EXPORT_SHADER_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/result.hpp>
#include <nca/shader/dialect.hpp>
#include <nca/shader/frame_atlas.hpp>
#include <nca/shader/frame_glsl.hpp>
#include <nca/shader/frame_hlsl.hpp>
#include <nca/shader/frame_wgsl.hpp>
#include <nca/shader/step_text.hpp>
#include <nca/shader/tables.hpp>
#include <nca/shader/update_text.hpp>
#include <nca/shader/words_text.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nca::inline NCA_ABI::shader {

/// How cells that vote are drawn: in the colour of their largest vote, with the value of channel 0 as opacity, over
/// white.
struct Votes {
    int first = 0;                                      ///< the channel of the first vote
    double undecided = 0.0;                             ///< cells of which no vote reaches this are black
    std::vector<std::array<std::uint8_t, 3>> colours{}; ///< red, green and blue of each vote
};

/// How a rule becomes a shader.
struct Options {
    Language language = Language::glsl;
    bool int8 = false;     ///< 8 bits per weight, with scales, instead of float32
    bool picture = false;  ///< weights in a picture (weights_picture()), which the shader reads, instead of in its text
    std::string comment{}; ///< of the first lines, as where the rule comes from
    std::optional<Votes> votes{}; ///< instead of the articles' colours; channels beyond the rule's are refused
};

/// How a shader is bound, in a few lines; docs/shaders.md tells more.
[[nodiscard]] constexpr std::string_view how_to_bind(Language language) noexcept {
    switch (language) {
    case Language::glsl:
        return "A fragment shader of OpenGL ES 3.0 and WebGL 2. State: RGBA32F textures nca_state0, 1, ... of four "
               "channels "
               "each,\nrow 0 first. NCA_PASS 0 steps them into as many others; 1, where the text declares nca_updated, "
               "reads "
               "both "
               "and writes\nthe new state; 2 draws. Set nca_step_number (steps done so far), nca_seed_key, "
               "nca_goal_number.";
    case Language::gdshader:
        return "For a canvas item of Godot 4. nca_state is the texture that the last pass drew: nca_grid_width * "
               "NCA_BANDS "
               "pixels\nwide, nca_grid_height high, of floats. nca_pass 0 and 1 draw the next such texture, 2 draws "
               "the "
               "picture.";
    case Language::shadertoy:
        return "Paste this into Buffer A, and into Image after a line #define NCA_PICTURE; iChannel0 of both is Buffer "
               "A, "
               "nearest.\nThe buffer has to be NCA_WIDTH * NCA_BANDS pixels wide. The mouse erases, or draws ink.";
    case Language::wgsl:
        return "Group 0: binding 0 the frame, 1 the state, 2 what `step` writes, 3 what `life` writes where there is "
               "one: "
               "four\nfloats for each [row][column][group of channels]. Workgroups of 8 x 8 cells. `corners` and "
               "`show` draw.";
    case Language::hlsl:
        return "b0: the frame, t0: the state, u0: what `step_cells` writes, u1: what `life` writes where there is one: "
               "a "
               "float4\nfor each [row][column][group of channels]. Groups of 8 x 8 cells. `corners` and `show` draw.";
    }
    return {};
}

} // namespace nca::inline NCA_ABI::shader

namespace nca::inline NCA_ABI::shader::inline NCA_ISA {

namespace isa_detail {

/// A function: what a dead cell holds.
[[nodiscard]] NCA_COLD inline std::string dead_text(const Tables& tables) {
    std::string text = "$fn vec4 nca_dead(int group) {\n";
    const auto& dead = tables.rule.dead_state;
    for (std::size_t first = 0; first < dead.size(); first += 4) {
        std::string values;
        for (std::size_t c = first; c < first + 4; ++c) {
            values += (c > first ? ", " : "") + literal(c < dead.size() ? dead[c] : 0.0);
        }
        text += "    if (group == " + std::to_string(first / 4) + ") { return vec4(" + values + "); }\n";
    }
    return text + "    return vec4(0.0, 0.0, 0.0, 0.0);\n}\n";
}

/// The lines of nca_colour() for cells that vote.
[[nodiscard]] NCA_COLD inline std::string votes_text(const RuleDescription& rule, const Votes& votes) {
    std::string text = R"(    $var int best = -1;
    $var float most = ~undecided~;
    $for (k, ~count~) {
        $var vec4 four = nca_load(x, y, (~first~ + k) / 4);
        $var float vote = four[(~first~ + k) % 4];
        if (vote >= ~undecided~ && (best < 0 || vote > most)) {
            best = k;
            most = vote;
        }
    }
    $var vec4 colour = vec4(0.0, 0.0, 0.0, 1.0);
)";
    for (std::size_t k = 0; k < votes.colours.size(); ++k) {
        text += "    if (best == " + std::to_string(k) + ") { colour = vec4(";
        for (const std::uint8_t value : votes.colours[k]) text += literal(value / 255.0) + ", ";
        text += "1.0); }\n";
    }
    text += "    $var float ink = clamp(cell.x, 0.0, 1.0);\n    $var float paper = 1.0 - ink;\n"
            "    return vec4(colour.x * ink + paper, colour.y * ink + paper, colour.z * ink + paper, 1.0);\n";
    if (rule.life == LifeKind::alive_where) {
        text = "    if (!nca_mature(x, y)) { return vec4(1.0, 1.0, 1.0, 1.0); }\n" + text;
    }
    return filled(text, {{"undecided", literal(std::max(votes.undecided, -1e30))},
                         {"count", std::to_string(votes.colours.size())},
                         {"first", std::to_string(votes.first)}});
}

/// A function: the colour of a cell, opaque: of its vote, or as ArticleColours, over white.
[[nodiscard]] NCA_COLD inline std::string colour_text(const RuleDescription& rule, const std::optional<Votes>& votes) {
    std::string body;
    if (votes) {
        body = votes_text(rule, *votes);
    } else if (rule.life == LifeKind::alive && rule.life_channel == 3) {
        body = "    $var float paper = 1.0 - clamp(cell.w, 0.0, 1.0);\n"
               "    return vec4(cell.x + paper, cell.y + paper, cell.z + paper, 1.0);\n";
    } else {
        const std::string scale = literal(rule.clamp > 0.0 ? 1.0 / rule.clamp : 1.0);
        const std::string second = rule.channels >= 3 ? "y" : "x";
        const std::string third = rule.channels >= 3 ? "z" : "x";
        body = "    return vec4(cell.x * " + scale + " + 0.5, cell." + second + " * " + scale + " + 0.5, cell." +
               third + " * " + scale + " + 0.5, 1.0);\n";
    }
    return "$fn vec4 nca_colour(int x, int y) {\n    $var vec4 cell = nca_load(x, y, 0);\n" + body + "}\n";
}

/// What surrounds a shader: the text before the tables, and the text after the step.
struct Frame {
    std::string before{};
    std::string after{};
};
[[nodiscard]] NCA_COLD inline Frame frame_of(const Tables& tables, Language language) {
    switch (language) {
    case Language::glsl:
        return {glsl_frame(tables), glsl_main(tables)};
    case Language::gdshader:
        return {gdshader_frame(tables), gdshader_main(tables)};
    case Language::shadertoy:
        return {shadertoy_frame(tables), shadertoy_main(tables)};
    case Language::wgsl:
        return {wgsl_frame(tables), wgsl_main(tables)};
    case Language::hlsl:
        return {hlsl_frame(tables), hlsl_main(tables)};
    }
    return {};
}

/// A text as comments.
[[nodiscard]] NCA_COLD inline std::string commented(const std::string& comment) {
    std::string text;
    for (std::size_t first = 0; first < comment.size();) {
        const std::size_t end = std::min(comment.find('\n', first), comment.size());
        text += "// " + comment.substr(first, end - first) + "\n";
        first = end + 1;
    }
    return text;
}

} // namespace isa_detail

/// A rule as the text of a shader that needs no file at run time but a picture of its weights, if options say so: its
/// step, the life after it where a rule has one, and its picture. docs/shaders.md says how it is bound. Its cells fire
/// as those of a simulation of the same seed. Allocates. Errors: what a shader cannot hold (check_shader()); inputs
/// without goals; weights that are not finite; a picture for Shadertoy, which takes none.
template <class R>
[[nodiscard]] NCA_COLD Result<std::string> to_shader(const R& rule, const Options& options,
                                                     const StepOptions<R>& step = {}, const Goals& goals = {}) {
    const Language language = options.language;
    const auto tables = tables_of(rule, step, goals, options.int8);
    if (!tables) return tables.error();
    if (tables->rule.input_kind != InputKind::none && tables->goal_count == 0) {
        return Error{"a shader of a rule with inputs needs a model with goals, which tell them"};
    }
    if (options.votes &&
        (options.votes->first < 0 ||
         options.votes->first + static_cast<int>(options.votes->colours.size()) > tables->rule.channels)) {
        return Error{"the rule has no channels for so many votes"};
    }
    if (options.picture && language == Language::shadertoy) {
        return Error{"a shader for Shadertoy holds its weights itself: no picture can be uploaded there"};
    }
    const isa_detail::Frame frame = isa_detail::frame_of(*tables, language);
    return (language == Language::glsl ? "#version 300 es\n" : "") + isa_detail::commented(options.comment) +
           frame.before + words_text(*tables, language, options.picture) +
           in_language(step_text(*tables, step, language) + isa_detail::dead_text(*tables) +
                           isa_detail::colour_text(tables->rule, options.votes),
                       language) +
           frame.after;
}

/// The weights that a shader of the same options reads where these say `picture`: its texture nca_words, unfiltered.
/// Allocates. Errors: those of to_shader().
template <class R>
[[nodiscard]] NCA_COLD Result<WeightsPicture>
weights_picture(const R& rule, const Options& options, const StepOptions<R>& step = {}, const Goals& goals = {}) {
    const auto tables = tables_of(rule, step, goals, options.int8);
    if (!tables) return tables.error();
    return picture_of(*tables);
}

} // namespace nca::inline NCA_ABI::shader::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SHADER_EXPORT_SHADER_HPP
