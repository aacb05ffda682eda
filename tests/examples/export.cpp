// SPDX-License-Identifier: Apache-2.0
// `nca export`: headers, shaders, and the format of the published models.
#include "files.hpp"
#include "process.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <support/image.hpp>

namespace {

using namespace nca::tests;
using nca::Json;

/// The models that come with the repository.
const std::filesystem::path models = NCA_PROJECT "/examples/models/growing";

/// A folder with a model and an output of an earlier export.
struct Workshop {
    TemporaryFolder folder{};
    std::string model = folder.file("model.safetensors");
    std::string kept = folder.file("kept.hpp");

    Workshop() {
        write_model(model, {{"nca.system", "growing"}, {"training.target", "a \\ strange\nname"}});
        write_text(kept, "the result of an earlier export");
    }

    /// The program must refuse, in one line that contains `culprit`, and leave the folder as it is.
    void check_refused(const Arguments& arguments, const std::string& culprit) const {
        const auto before = snapshot(folder.file(""));
        const Outcome outcome = run_program(arguments);
        INFO("standard error: " << outcome.error);
        CHECK(outcome.signal == 0);
        CHECK(outcome.status == 2);
        CHECK(outcome.output.empty());
        CHECK(is_one_line(outcome.error));
        CHECK(outcome.error.starts_with("nca: "));
        CHECK(outcome.error.find(culprit) != std::string::npos);
        CHECK(snapshot(folder.file("")) == before);
    }
};

/// Exports and returns the text of the file; the result line must tell of it.
std::string exported(Arguments arguments, const std::string& format) {
    arguments.insert(arguments.begin(), "export");
    const Json result = result_of(arguments);
    CHECK(text_in(result, "model") == arguments[1]);
    CHECK(text_in(result, "out") == arguments[2]);
    CHECK(text_in(result, "format") == format);
    const std::string text = read_text(arguments[2]);
    CHECK(number_in(result, "bytes") == static_cast<double>(text.size()));
    return text;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("export: every published model comes back byte for byte, from its import and directly") {
    const auto published = data_file("growing/published_json");
    if (!published) return;
    const TemporaryFolder folder;
    const std::string imported = folder.file("imported.safetensors");
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{*published}) {
        const std::string path = entry.path().string();
        INFO(path);
        const std::string original = read_text(path);
        static_cast<void>(result_of({"import", path, imported}));
        CHECK(exported({imported, folder.file("again.json")}, "distill") == original);
        CHECK(exported({path, folder.file("direct.json"), "--format", "distill"}, "distill") == original);
        ++count;
    }
    CHECK(count > 0);
}

TEST_CASE("export: a header is named after the file or the option, and records its source") {
    const Workshop shop;
    const std::string text = exported({shop.model, shop.folder.file("my-lizard.hpp")}, "header");
    for (const char* part :
         {"namespace my_lizard {", "the model model.safetensors", "nca export model.safetensors",
          "// nca.system: growing\n", "// training.target: a _ strange_name\n", "#ifndef NCA_RUN_HPP",
          "using Rule = nca::Rule<nca::Channels<16>", "Rule rule()", "bool self_test()"}) {
        INFO(part);
        CHECK(has(text, part));
    }
    CHECK_FALSE(has(text, shop.folder.file("")));
    CHECK(has(exported({shop.model, shop.folder.file("a.h"), "--name", "creature"}, "header"), "namespace creature {"));
    CHECK(has(exported({shop.model, shop.folder.file("b.inc"), "--format", "header"}, "header"), "namespace b {"));
    CHECK(has(exported({shop.model, shop.kept}, "header"), "namespace kept {"));
}

TEST_CASE("export: with 8 bits a creature of 16 channels takes at most 15 kB") {
    const Workshop shop;
    const std::string bytes = exported({shop.model, shop.folder.file("a.hpp"), "--int8"}, "header");
    const std::string floats = exported({shop.model, shop.folder.file("b.hpp")}, "header");
    CHECK(bytes.size() <= 15000);
    CHECK(floats.size() <= 50000);
    for (const std::string& text : {bytes, floats}) {
        CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
        // Compilers limit the length of a literal; the longest line is one.
        for (std::size_t at = 0, end = 0; end != std::string::npos; at = end + 1) {
            end = text.find('\n', at);
            if (end != std::string::npos) CHECK(end - at <= 120);
        }
    }
}

TEST_CASE("export: the header in examples/models is what the program writes") {
    const TemporaryFolder folder;
    const std::string committed = read_text((models / "lizard.hpp").string());
    const std::string text =
        exported({(models / "lizard.safetensors").string(), folder.file("lizard.hpp"), "--int8"}, "header");
    // The expected updates differ in their last bits from processor to processor.
    const std::string updates = "inline constexpr char updates";
    REQUIRE(has(text, updates));
    CHECK(text.substr(0, text.find(updates)) == committed.substr(0, committed.find(updates)));
    CHECK(text.substr(text.find("} // namespace data")) == committed.substr(committed.find("} // namespace data")));
}

TEST_CASE("export: help mentions what it takes") {
    const Outcome outcome = run_program({"export", "--help"});
    CHECK(outcome.status == 0);
    for (const char* word : {"MODEL", "OUT", "--int8", "--name", "--format", "header", "distill", ".json"}) {
        INFO(word);
        CHECK(has(outcome.output, word));
    }
    for (const char* trace : {"->", "ENUM", "{,"}) CHECK_FALSE(has(outcome.output, trace));
}

TEST_CASE("export: a model becomes a shader of every language, smaller with 8 bits") {
    const TemporaryFolder folder;
    const std::string lizard = (models / "lizard.safetensors").string();
    for (const std::string language : {"glsl", "gdshader", "shadertoy", "wgsl", "hlsl"}) {
        const std::string text = exported({lizard, folder.file("lizard." + language)}, language);
        const std::string bytes = exported({lizard, folder.file("bytes." + language), "--int8"}, language);
        CHECK(has(text, "nca export lizard.safetensors lizard." + language));
        CHECK(bytes.size() < 60'000);
        CHECK(3 * bytes.size() < 2 * text.size());
        CHECK(text.starts_with("#version 300 es\n") == (language == "glsl"));
    }
    const Workshop shop;
    shop.check_refused({"export", shop.model, shop.folder.file("a.glsl"), "--name", "a"}, "--name");
    shop.check_refused({"export", shop.model, shop.folder.file("a.glsl"), "--quantised"}, "limits");
    shop.check_refused({"export", shop.model, shop.folder.file("a.hpp"), "--quantised"}, "--quantised");
    shop.check_refused({"export", shop.kept, shop.folder.file("a.wgsl")}, "kept.hpp");
}

TEST_CASE("export: the weights of a shader go into a picture") {
    const TemporaryFolder folder;
    const std::string lizard = (models / "lizard.safetensors").string();
    const std::string picture = folder.file("weights.png");
    const std::string text = exported({lizard, folder.file("lizard.glsl"), "--weights", picture}, "glsl");
    CHECK(has(text, "uniform sampler2D nca_words;"));
    CHECK_FALSE(has(text, "nca_weights["));
    const auto image = support::read_image(picture);
    REQUIRE(image.ok());
    CHECK(image->width == 256);
    const Workshop shop;
    const std::string out = shop.folder.file("a.shadertoy");
    shop.check_refused({"export", lizard, out, "--weights", shop.folder.file("a.png")}, "Shadertoy");
    shop.check_refused({"export", lizard, shop.folder.file("a.hpp"), "--weights", picture}, "--weights");
    const std::string same = shop.folder.file("a.glsl");
    shop.check_refused({"export", lizard, same, "--weights", same}, "the same file");
}

TEST_CASE("export: digits are drawn by their votes") {
    const TemporaryFolder folder;
    const std::string digits = NCA_PROJECT "/examples/models/mnist/l2_noise.safetensors";
    CHECK(has(exported({digits, folder.file("digits.glsl"), "--int8"}, "glsl"), "if (vote >= 0.00999999978"));
}

TEST_CASE("export: bad input ends in one line, and every file stays as it was") {
    const Workshop shop;
    const auto file = [&](const char* name) { return shop.folder.file(name); };
    shop.check_refused({"export", file("missing.safetensors"), shop.kept}, "missing.safetensors");
    shop.check_refused({"export", shop.kept, file("a.hpp")}, "kept.hpp");
    shop.check_refused({"export", shop.model, file("a.txt")}, "a.txt");
    shop.check_refused({"export", shop.model, file("plain")}, ".hpp");
    shop.check_refused({"export", shop.model, ""}, "''");
    shop.check_refused({"export", shop.model, file("missing/a.hpp")}, "missing/a.hpp");
    shop.check_refused({"export", shop.model, file("missing/a.json")}, "missing/a.json");
    shop.check_refused({"export", shop.model, file(""), "--format", "distill"}, file(""));
    shop.check_refused({"export", shop.model}, "OUT");
    shop.check_refused({"export"}, "MODEL");
    for (const char* name : {"class", "nca", "1st", "a-b", "a::b", "_a", "a__b", "\xC3\xA4", "a b"}) {
        shop.check_refused({"export", shop.model, shop.kept, "--name", name}, "--name");
    }
    shop.check_refused({"export", shop.model, shop.kept, "--name", ""}, "--name");
    shop.check_refused({"export", shop.model, file("switch.hpp")}, "'switch'");
    shop.check_refused({"export", shop.model, file("-.hpp")}, "--name");
    shop.check_refused({"export", shop.model, file("a.json"), "--int8"}, "--int8");
    shop.check_refused({"export", shop.model, file("a.json"), "--name", "a"}, "--name");
    shop.check_refused({"export", shop.model, shop.kept, "--format", "python"}, "python");
}

TEST_CASE("export: a model with a weight that is not a number is refused") {
    const Workshop shop;
    std::vector<float> weights(128 * 48, 0.5F);
    weights[77] = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> hidden(128, 0.25F);
    const std::vector<float> last(16 * 128, -1.0F);
    const std::vector<float> bias(16, 2.0F);
    nca::SafetensorsWriter writer;
    writer.add("perceive_to_hidden.weight", {128, 48}, std::span<const float>(weights))
        .add("perceive_to_hidden.bias", {128}, std::span<const float>(hidden))
        .add("hidden_to_update.weight", {16, 128}, std::span<const float>(last))
        .add("hidden_to_update.bias", {16}, std::span<const float>(bias));
    const std::string broken = shop.folder.file("broken.safetensors");
    REQUIRE(nca::write_safetensors(broken, writer).ok());
    shop.check_refused({"export", broken, shop.kept}, "perceive_to_hidden.weight");
    shop.check_refused({"export", broken, shop.kept, "--int8"}, "broken.safetensors");
    shop.check_refused({"export", broken, shop.folder.file("a.json")}, "broken.safetensors");
}
