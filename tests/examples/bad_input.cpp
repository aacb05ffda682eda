// SPDX-License-Identifier: Apache-2.0
// Bad input: exit status 2, one line on standard error that names the culprit, and every file as it was.
#include <nca/systems/growing/published.hpp>

#include "training.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <support/emoji.hpp>
#include <support/image.hpp>

namespace {

using namespace nca::tests;

/// A folder with a good model, a good state and an output of an earlier run.
struct Workshop {
    TemporaryFolder folder{};
    std::string model = folder.file("model.safetensors");
    std::string state = folder.file("state.safetensors");
    std::string kept = folder.file("kept.safetensors");

    Workshop() {
        write_model(model);
        write_state(state, dense_state(8, 9));
        write_text(kept, "the result of an earlier run");
    }

    /// A run that would replace one file and make another.
    [[nodiscard]] Arguments run_with(const std::string& with_model, const Arguments& more = {}) const {
        Arguments arguments{"run", with_model, "--steps", "1", "--out", kept, "--out", folder.file("new.png")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    [[nodiscard]] Arguments run(const Arguments& more) const { return run_with(model, more); }
    /// A training whose folder does not exist yet.
    [[nodiscard]] Arguments grow(const std::string& target, const Arguments& more = {}) const {
        Arguments arguments{"grow", "--target", target, "--out", folder.file("new")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    [[nodiscard]] Arguments evaluate(const Arguments& more) const {
        Arguments arguments{"evaluate", model};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    /// The program must refuse, in one line that contains `culprit`, and leave the folder as it is.
    void check_refused(const Arguments& arguments, const std::string& culprit) const {
        const auto before = snapshot(folder.file(""));
        const Outcome outcome = run_program(arguments);
        std::string command = "nca";
        for (const std::string& word : arguments) command += " '" + word + "'";
        INFO(command);
        INFO("standard error: " << outcome.error);
        CHECK(outcome.signal == 0);
        CHECK(outcome.status == 2);
        CHECK(outcome.output.empty());
        CHECK(is_one_line(outcome.error));
        CHECK(outcome.error.starts_with("nca: "));
        CHECK(outcome.error.find(culprit) != std::string::npos);
        CHECK(snapshot(folder.file("")) == before);
    }

    /// Every command that reads a model must refuse this one.
    void check_model_refused(const std::string& path, const std::string& culprit) const {
        check_refused(run_with(path), culprit);
        check_refused({"info", path}, culprit);
        check_refused({"evaluate", path, "--target", "lizard", "--steps", "1", "--seeds", "1"}, culprit);
    }
};

/// The bytes of a safetensors file with this header.
std::string with_header(std::uint64_t length, const std::string& rest) {
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + rest;
}

/// The tensors of a file, to be changed and written again.
struct Tensors {
    struct Entry {
        std::vector<std::size_t> shape;
        std::vector<float> values;
    };
    std::map<std::string, Entry> entries{};
    nca::StoredMetadata metadata{};

    explicit Tensors(const std::string& path) {
        const auto file = nca::read_safetensors(path);
        REQUIRE(file.ok());
        for (const nca::StoredTensor& tensor : file->tensors()) {
            const auto values = nca::to_floats(tensor);
            REQUIRE(values.ok());
            entries[tensor.name] = {tensor.shape, *values};
        }
        metadata = file->metadata();
    }
    [[nodiscard]] Entry& operator[](const std::string& name) {
        REQUIRE(entries.contains(name));
        return entries[name];
    }
    void set(const std::string& key, const std::string& text) {
        for (auto& [name, value] : metadata) {
            if (name == key) {
                value = text;
                return;
            }
        }
        metadata.emplace_back(key, text);
    }
    void write(const std::string& path) const {
        nca::SafetensorsWriter writer;
        for (const auto& [key, text] : metadata) writer.set_metadata(key, text);
        for (const auto& [name, entry] : entries) {
            writer.add(name, entry.shape, std::span<const float>(entry.values));
        }
        REQUIRE(nca::write_safetensors(path, writer).ok());
    }
};

/// A small published model.
std::string published_json(const std::string& replace = "", const std::string& by = "") {
    nca::DenseLayers layers(2);
    layers[0] = {48, 128, std::vector<float>(48 * 128, 0.01F), std::vector<float>(128, 0.01F), {}, 1.0, 1.0};
    layers[1] = {128, 16, std::vector<float>(128 * 16, 0.01F), std::vector<float>(16, 0.01F), {}, 1.0, 1.0};
    for (nca::DenseLayer& layer : layers) REQUIRE(nca::quantize(layer).ok());
    auto text = nca::to_quantized_json(layers);
    REQUIRE(text.ok());
    std::string json = *text;
    if (!replace.empty()) {
        const std::size_t at = json.find(replace);
        REQUIRE(at != std::string::npos);
        json.replace(at, replace.size(), by);
    }
    return json;
}

/// A checkpoint of which the first element of a tensor is replaced.
struct AlteredCheckpoint {
    Workshop shop{};
    std::string out = shop.folder.file("out");
    std::string whole{};

    AlteredCheckpoint() {
        train(out, 2, {"--experiment", "growing"});
        whole = read_text(checkpoint_in(out));
    }
    void check_refused(const std::string& tensor, std::uint32_t bits) const {
        INFO(tensor << ", bits " << bits);
        const auto file = nca::parse_safetensors(nca::as_bytes(whole));
        REQUIRE(file.ok());
        const nca::StoredTensor* const stored = file->find(tensor);
        REQUIRE(stored != nullptr);
        REQUIRE(stored->bytes.size() >= 4);
        std::string altered = whole;
        const auto offset = reinterpret_cast<const char*>(stored->bytes.data()) - whole.data();
        std::memcpy(altered.data() + offset, &bits, 4);
        write_text(checkpoint_in(out), altered);
        shop.check_refused(training(out, 5, {"--experiment", "growing", "--resume"}), "checkpoint.safetensors");
    }
};

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

} // namespace

TEST_CASE("bad input: a model that is missing, a folder, empty, or something else") {
    const Workshop shop;
    const std::string odd = shop.folder.file("odd");
    shop.check_model_refused(shop.folder.file("missing.safetensors"), "missing.safetensors");
    shop.check_model_refused(shop.folder.file("missing/model.json"), "missing/model.json");
    shop.check_model_refused(shop.folder.file(""), shop.folder.file(""));
    shop.check_model_refused("", "''");
    shop.check_model_refused("/dev/null", "/dev/null");
    for (const std::string& content :
         {std::string{}, std::string{"a text"}, std::string(100, '\0'), std::string{"\x89PNG\r\n\x1A\n"}}) {
        write_text(odd, content);
        shop.check_model_refused(odd, odd);
    }
}

TEST_CASE("bad input: a safetensors model that is cut off anywhere") {
    const Workshop shop;
    const std::string whole = read_text(shop.model);
    std::uint64_t header = 0;
    std::memcpy(&header, whole.data(), 8);
    const std::string cut = shop.folder.file("cut.safetensors");
    for (const std::size_t length :
         {std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{9}, std::size_t{8} + header / 2,
          std::size_t{8} + header, std::size_t{9} + header, whole.size() / 2, whole.size() - 4, whole.size() - 1}) {
        INFO(length << " of " << whole.size() << " bytes");
        write_text(cut, whole.substr(0, length));
        shop.check_model_refused(cut, "cut.safetensors");
    }
    write_text(cut, whole + "x");
    shop.check_model_refused(cut, "cut.safetensors");
}

TEST_CASE("bad input: a safetensors header of absurd length or content") {
    const Workshop shop;
    const std::string odd = shop.folder.file("odd.safetensors");
    const std::string whole = read_text(shop.model);
    for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{100000000},
                                       std::uint64_t{1} << 60U, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
        INFO("length " << length);
        write_text(odd, with_header(length, whole.substr(8)));
        shop.check_model_refused(odd, "odd.safetensors");
    }
    for (const std::string header :
         {"{}", "[]", "{\"a\":", "null", "{\"perceive_to_hidden.weight\":{}}", "{\"__metadata__\":{\"a\":1}}",
          "{\"w\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}",
          "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}",
          "{\"w\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,4]}}"}) {
        INFO(header);
        write_text(odd, with_header(header.size(), header));
        shop.check_model_refused(odd, "odd.safetensors");
    }
}

TEST_CASE("bad input: a model whose tensors are missing, of another shape, or no numbers") {
    const Workshop shop;
    const std::string odd = shop.folder.file("odd.safetensors");
    const auto check = [&](const std::string& tensor, const auto& change) {
        Tensors tensors{shop.model};
        change(tensors);
        tensors.write(odd);
        shop.check_model_refused(odd, tensor);
    };
    for (const std::string name :
         {"perceive_to_hidden.weight", "perceive_to_hidden.bias", "hidden_to_update.weight", "hidden_to_update.bias"}) {
        INFO(name);
        check(name, [&](Tensors& t) { t.entries.erase(name); });
        check(name, [&](Tensors& t) { t[name].values.front() = not_a_number; });
        check(name, [&](Tensors& t) { t[name].values.back() = infinity; });
        check(name, [&](Tensors& t) { t[name].values[7] = -infinity; });
        check(name, [&](Tensors& t) { t[name].shape.push_back(1); });
    }
    check("perceive_to_hidden.weight", [](Tensors& t) { t["perceive_to_hidden.weight"].shape = {48, 128}; });
    check("perceive_to_hidden.weight", [](Tensors& t) {
        t["perceive_to_hidden.weight"] = {{128, 47}, std::vector<float>(128 * 47)};
    });
    check("hidden_to_update.weight", [](Tensors& t) {
        t["hidden_to_update.weight"] = {{12, 128}, std::vector<float>(12 * 128)};
    });
    check("hidden_to_update.bias", [](Tensors& t) { t["hidden_to_update.bias"] = {{0}, {}}; });
}

TEST_CASE("bad input: a model whose weights are not those of its self-test") {
    const Workshop shop;
    const std::string odd = shop.folder.file("odd.safetensors");
    const auto check = [&](const std::string& culprit, const auto& change) {
        Tensors tensors{shop.model};
        change(tensors);
        tensors.write(odd);
        shop.check_model_refused(odd, culprit);
    };
    check("self-test", [](Tensors& t) { t["perceive_to_hidden.weight"].values[5] += 1.0F; });
    check("self-test", [](Tensors& t) { t["hidden_to_update.weight"].values[100] *= -3.0F; });
    check("self-test", [](Tensors& t) { t["hidden_to_update.bias"].values[15] += 0.1F; });
    check("self_test.update", [](Tensors& t) { t["self_test.update"].values[3] = not_a_number; });
    check("self_test.state", [](Tensors& t) { t.entries.erase("self_test.state"); });
    check("self_test.update", [](Tensors& t) { t["self_test.update"].shape = {16, 4, 4}; });
}

TEST_CASE("bad input: a model of another architecture or format") {
    const Workshop shop;
    const std::string odd = shop.folder.file("odd.safetensors");
    const auto check = [&](const std::string& key, const std::string& text, const std::string& culprit) {
        Tensors tensors{shop.model};
        tensors.set(key, text);
        tensors.write(odd);
        shop.check_model_refused(odd, culprit);
    };
    // Of the rule that the metadata describe, the tensors have other shapes.
    check("nca.channels", "12", "perceive_to_hidden.weight");
    check("nca.hidden", "64", "perceive_to_hidden.weight");
    check("nca.perception", "identity,laplacian", "perceive_to_hidden.weight");
    check("nca.dimensions", "3", "self_test.state");
    check("nca.life_channel", "16", "nca.life_channel");
    check("nca.life_threshold", "-1", "nca.life_threshold");
    check("nca.format", "2", "nca.format");
}

TEST_CASE("bad input: a published model that is cut off or altered") {
    const Workshop shop;
    const std::string odd = shop.folder.file("odd.json");
    const std::string whole = published_json();
    const auto check = [&](const std::string& content) {
        INFO(content.substr(0, 60) << " ... "
                                   << content.substr(content.size() - std::min<std::size_t>(content.size(), 60)));
        write_text(odd, content);
        shop.check_model_refused(odd, "odd.json");
        shop.check_refused({"import", odd, shop.kept}, "odd.json");
    };
    for (const std::size_t length :
         {std::size_t{1}, std::size_t{2}, std::size_t{14}, std::size_t{5000}, whole.size() / 2, whole.size() - 1}) {
        check(whole.substr(0, length));
    }
    check(whole + "]");
    check("[]");
    check("{}");
    check("[1, 2]");
    check("[[], []]");
    check(std::string(100000, '['));
    check(published_json("\"in_ch\": 48", "\"in_ch\": 47"));
    check(published_json("\"in_ch\": 48", "\"in_ch\": -48"));
    check(published_json("\"in_ch\": 48", "\"in_ch\": 1e300"));
    check(published_json("\"out_ch\": 16", "\"out_ch\": 17"));
    check(published_json("\"weight_scale\": 0", "\"weight_scale\": NaN, \"x\": 0"));
    check(published_json("\"weight_scale\": 0", "\"weight_scale\": 1e999, \"x\": 0"));
    check(published_json("\"data_b64\": \"", "\"data_b64\": \"!"));
    check(published_json("\"uint8\"", "\"uint4\""));
}

TEST_CASE("bad input: import of what is no published model, or to where nothing can be written") {
    const Workshop shop;
    const std::string json = shop.folder.file("good.json");
    write_text(json, published_json());
    shop.check_refused({"import", shop.model, shop.kept}, "model.safetensors");
    shop.check_refused({"import", shop.folder.file("missing.json"), shop.kept}, "missing.json");
    shop.check_refused({"import", json, shop.folder.file("missing/out.safetensors")}, "missing/out.safetensors");
    shop.check_refused({"import", json, shop.folder.file("")}, shop.folder.file(""));
    shop.check_refused({"import", json, ""}, "''");
    shop.check_refused({"import", json}, "OUT");
    shop.check_refused({"import", json, shop.kept, "--perception-order", "filter-major"}, "--perception-order");
    shop.check_refused({"import", json, shop.kept, "--perception-order", "sorted"}, "--perception-order");
    shop.check_refused({"import"}, "PUBLISHED");
    static_cast<void>(result_of({"import", json, shop.kept}));
}

TEST_CASE("bad input: a state that is none, or does not fit") {
    const Workshop shop;
    const std::string odd = shop.folder.file("odd.safetensors");
    const auto check = [&](const std::string& culprit, const Arguments& more = {}) {
        Arguments options{"--state", odd};
        options.insert(options.end(), more.begin(), more.end());
        shop.check_refused(shop.run(options), culprit);
    };
    check("odd.safetensors"); // it is missing
    const auto write = [&](const std::string& name, const std::vector<std::size_t>& shape, float value = 0.5F) {
        std::size_t count = 1;
        for (const std::size_t size : shape) count *= size;
        const std::vector<float> values(count, value);
        nca::SafetensorsWriter writer;
        writer.add(name, shape, std::span<const float>(values));
        REQUIRE(nca::write_safetensors(odd, writer).ok());
    };
    write("status", {8, 9, 16});
    check("'state'");
    for (const std::vector<std::size_t>& shape : {std::vector<std::size_t>{8, 9, 12},
                                                  {8, 9, 17},
                                                  {16, 8, 9},
                                                  {1, 8, 9, 16},
                                                  {72, 16},
                                                  {16},
                                                  {0, 9, 16},
                                                  {8, 0, 16},
                                                  {8, 9, 0},
                                                  {1, 16385, 16}}) {
        write("state", shape);
        check("odd.safetensors");
    }
    write("state", {8, 9, 16}, not_a_number);
    check("'state'");
    write("state", {8, 9, 16}, infinity);
    check("'state'");
    write("state", {8, 9, 16});
    check("--height", {"--height", "9"});
    check("--width", {"--width", "8"});
    const std::vector<std::int32_t> integers(8 * 9 * 16);
    nca::SafetensorsWriter writer;
    writer.add("state", {8, 9, 16}, std::span<const std::int32_t>(integers));
    REQUIRE(nca::write_safetensors(odd, writer).ok());
    check("'state'");
    const std::string whole = read_text(shop.state);
    for (const std::size_t length : {std::size_t{0}, std::size_t{8}, std::size_t{50}, whole.size() - 1}) {
        write_text(odd, whole.substr(0, length));
        check("odd.safetensors");
    }
    write_text(odd, published_json());
    check("odd.safetensors");
    shop.check_refused(shop.run({"--state", shop.folder.file("")}), shop.folder.file(""));
    static_cast<void>(result_of({"run", shop.model, "--steps", "1", "--state", shop.state, "--height", "8"}));
}

TEST_CASE("bad input: numbers of run outside their range, or none at all") {
    const Workshop shop;
    const std::vector<std::pair<std::string, std::vector<std::string>>> table{
        {"--steps", {"-1", "1.5", "abc", "", "1e3", "0x10", "99999999999", "99999999999999999999999"}},
        {"--height", {"0", "-5", "16385", "99999999", "x", "7 ", "4294967297"}},
        {"--width", {"0", "-1", "99999999", "9.0", "18446744073709551617"}},
        {"--seed", {"-1", "99999999999999999999999", "18446744073709551616", "abc", "1.0"}},
        {"--fire-rate", {"1.5", "nan", "-1", "abc", "", "inf", "1e400", "0.5x"}},
        {"--step-size", {"nan", "1e9", "-inf", "much"}},
        {"--rotate", {"nan", "inf", "1e7", "left", ""}},
        {"--threads", {"-1", "257", "two", "1e1"}},
        {"--frame-every", {"0", "-2", "often"}},
        {"--boundary", {"nonsense", "", "0"}},
        {"--damage",
         {"x", "", "5", "5:", "5:1,2", "5:1,2,0", "5:1,2,-3", "5:nan,1,2", "5:1,inf,2", "5:1,2,nan", "-1:2,2,2",
          "5:1,2,3,4", "5:1,2,3x", "5.5:1,2,3", "5:1;2;3", "99999999999999999999:1,2,3", "5:1,2,1e999"}},
    };
    for (const auto& [option, values] : table) {
        for (const std::string& value : values) {
            Arguments arguments{"run", shop.model, "--out", shop.kept, option};
            arguments.push_back(value);
            shop.check_refused(arguments, option);
        }
    }
}

TEST_CASE("bad input: a grid with too many cells is refused before memory is taken") {
    const Workshop shop;
    shop.check_refused({"run", shop.model, "--height", "16384", "--width", "16384", "--out", shop.kept}, "16384");
    write_model(shop.folder.file("large.safetensors"), {{"training.height", "16384"}, {"training.width", "16384"}});
    shop.check_refused({"run", shop.folder.file("large.safetensors"), "--out", shop.kept}, "16384");
}

TEST_CASE("bad input: numbers of grow outside their range, or none at all") {
    const Workshop shop;
    const std::vector<std::pair<std::string, std::vector<std::string>>> table{
        {"--size", {"0", "-1", "1025", "abc", "", "99999999999999999999"}},
        {"--padding", {"-1", "1025", "1.5", "x"}},
        {"--iterations", {"0", "-1", "1e5", "abc", "99999999999999999999999"}},
        {"--batch", {"0", "-8", "257", "many"}},
        {"--seed", {"-1", "99999999999999999999999", "18446744073709551616", "abc", ""}},
        {"--fire-rate", {"1.5", "-0.1", "nan", "inf", "half"}},
        {"--warm-up", {"-1", "1e99", "x"}},
        {"--threads", {"-1", "257", "two"}},
        {"--checkpoint-every", {"-1", "nan", "inf", "never"}},
        {"--experiment", {"nonsense", "", "Growing", "rotated"}},
        {"--recipe", {"nonsense", "", "Fast"}},
    };
    for (const auto& [option, values] : table) {
        for (const std::string& value : values) shop.check_refused(shop.grow("lizard", {option, value}), option);
    }
    shop.check_refused(shop.grow("lizard", {"--recipe", "fast", "--drop-after", "100"}), "--drop-after");
}

TEST_CASE("bad input: numbers of evaluate outside their range, or none at all") {
    const Workshop shop;
    const std::vector<std::pair<std::string, std::vector<std::string>>> table{
        {"--size", {"0", "-1", "abc"}}, {"--padding", {"-1", "x"}},    {"--steps", {"-1", "abc", "1,x", "1,-2", "1e2"}},
        {"--seeds", {"0", "-3", "x"}},  {"--fire-rate", {"2", "nan"}}, {"--damage", {"x", "5:1,2,0"}},
        {"--threads", {"-1"}},
    };
    for (const auto& [option, values] : table) {
        for (const std::string& value : values) {
            shop.check_refused(shop.evaluate({"--target", "lizard", option, value}), option);
        }
    }
}

TEST_CASE("bad input: a target that is not an image") {
    const Workshop shop;
    const std::string odd = shop.folder.file("odd.png");
    const auto check = [&](const std::string& target, const std::string& culprit) {
        shop.check_refused(shop.grow(target), culprit);
        shop.check_refused(shop.evaluate({"--target", target}), culprit);
    };
    check(odd, "odd.png"); // it is missing
    check("no_such_target", "no_such_target");
    check("", "''");
    check(shop.folder.file(""), shop.folder.file(""));
    check(shop.model, "model.safetensors");
    for (const std::string& content : {std::string{}, std::string{"not an image"}, std::string(1000, '\0')}) {
        write_text(odd, content);
        check(odd, "odd.png");
    }
    REQUIRE(support::write_png(odd, support::Image{40, 40}).ok());
    check(odd, "odd"); // nothing in it is visible
}

TEST_CASE("bad input: a PNG file that is cut off, or claims to be enormous") {
    const Workshop shop;
    const std::string odd = shop.folder.file("odd.png");
    support::Image picture{64, 48, {200, 100, 50, 255}};
    for (std::size_t i = 0; i < picture.rgba.size(); i += 4) picture.rgba[i] = static_cast<std::uint8_t>(i * i / 7);
    REQUIRE(support::write_png(odd, picture).ok());
    const std::string whole = read_text(odd);
    REQUIRE(whole.size() > 400);
    for (const std::size_t length : {std::size_t{1}, std::size_t{8}, std::size_t{20}, std::size_t{33}, std::size_t{60},
                                     whole.size() / 2, whole.size() - 20}) {
        INFO(length << " of " << whole.size() << " bytes");
        write_text(odd, whole.substr(0, length));
        shop.check_refused(shop.grow(odd), "odd.png");
    }
    std::string enormous = whole;
    enormous.replace(16, 8, std::string{"\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF"});
    write_text(odd, enormous);
    shop.check_refused(shop.grow(odd), "odd.png");
}

TEST_CASE("bad input: emoji that do not exist, or are several") {
    const Workshop shop;
    shop.check_refused(shop.grow("\xF0\x9F\xA6\x8E\xF0\x9F\xA6\x8E"), "emoji"); // two lizards
    shop.check_refused(shop.grow("\xF0\x9F\xA6"), "emoji");                     // cut off
    if (!support::emoji_image(U"\U0001F98E").ok()) {
        MESSAGE("skipped: no emoji font");
        return;
    }
    shop.check_refused(shop.grow("\xF0\x9F\xAF\xBF"), "U+1FBFF");
    shop.check_refused(shop.grow("\xEE\x80\x80"), "U+E000");
}

TEST_CASE("bad input: outputs of run that cannot be written are refused before the run") {
    const Workshop shop;
    const std::string missing = shop.folder.file("missing/state.safetensors");
    const std::string occupied = shop.folder.file("folder.png");
    std::filesystem::create_directory(occupied);
    // The steps would take hours.
    const auto check = [&](const std::string& path, const std::string& culprit) {
        shop.check_refused({"run", shop.model, "--steps", "1000000000", "--out", shop.kept, "--out", path}, culprit);
    };
    check(missing, missing);
    check(occupied, "folder.png");
    check(shop.kept + "/below.png", "below.png");
    check("/proc/nca.png", "/proc/nca.png");
    check(shop.folder.file("state.jpg"), "state.jpg");
    check(shop.folder.file("state"), "state");
    check(shop.folder.file("state."), "state.");
    check(shop.folder.file("folder.png/state"), "state");
    check("", "--out");
    check(shop.folder.file(std::string(300, 'n') + ".png"), "nnn.png");
}

TEST_CASE("bad input: a folder of grow that cannot be created or written is refused before the training") {
    const Workshop shop;
    const std::string occupied = shop.folder.file("occupied");
    std::filesystem::create_directories(occupied + "/model.safetensors");
    const std::string film = shop.folder.file("film");
    std::filesystem::create_directories(film + "/film.png");
    const auto check = [&](const std::string& out, const std::string& culprit) {
        shop.check_refused({"grow", "--target", "lizard", "--iterations", "100000000", "--out", out}, culprit);
    };
    check(shop.kept, "kept.safetensors");
    check(shop.kept + "/below", "below");
    check("/proc/nca/out", "/proc/nca/out");
    check("", "--out");
    check(occupied, "model.safetensors");
    check(film, "film.png");
}

TEST_CASE("bad input: nothing to resume") {
    const Workshop shop;
    shop.check_refused(training(shop.folder.file("new"), 5, {"--resume"}), "checkpoint.safetensors");
    std::filesystem::create_directory(shop.folder.file("empty"));
    shop.check_refused(training(shop.folder.file("empty"), 5, {"--resume"}), "checkpoint.safetensors");
}

TEST_CASE("bad input: a checkpoint of another training") {
    const Workshop shop;
    const std::string out = shop.folder.file("out");
    train(out, 2);
    const auto resume = [&](const Arguments& more, const std::string& culprit) {
        Arguments arguments{"grow", "--out", out, "--resume", "--iterations", "5"};
        std::map<std::string, std::string> options{
            {"--target", "lizard"}, {"--size", "12"}, {"--padding", "4"}, {"--batch", "4"}};
        for (std::size_t i = 0; i < more.size(); i += 2) options[more[i]] = more[i + 1];
        for (const auto& [option, value] : options) arguments.insert(arguments.end(), {option, value});
        INFO(culprit);
        shop.check_refused(arguments, "checkpoint.safetensors");
        CHECK(run_program(arguments).error.find(culprit) != std::string::npos);
    };
    resume({"--target", "mushroom"}, "target");
    resume({"--size", "11"}, "extents");
    resume({"--padding", "5"}, "extents");
    resume({"--seed", "2"}, "seed");
    resume({"--experiment", "growing"}, "experiment");
    resume({"--experiment", "persistent"}, "experiment");
    resume({"--batch", "5"}, "batch");
    resume({"--fire-rate", "0.75"}, "fire_rate");
    resume({"--warm-up", "10"}, "warm_up");
    resume({"--recipe", "fast"}, "recipe");
}

TEST_CASE("bad input: a checkpoint that is cut off or altered") {
    const Workshop shop;
    const std::string out = shop.folder.file("out");
    train(out, 2, {"--experiment", "growing"});
    const std::string path = checkpoint_in(out);
    const std::string whole = read_text(path);
    const auto check = [&] {
        shop.check_refused(training(out, 5, {"--experiment", "growing", "--resume"}), "checkpoint.safetensors");
    };
    std::uint64_t header = 0;
    std::memcpy(&header, whole.data(), 8);
    for (const std::size_t length : {std::size_t{0}, std::size_t{5}, std::size_t{8}, std::size_t{8} + header / 2,
                                     std::size_t{8} + header, whole.size() / 2, whole.size() - 1}) {
        INFO(length << " of " << whole.size() << " bytes");
        write_text(path, whole.substr(0, length));
        check();
    }
    // The same length, so that the header stays valid.
    const auto alter = [&](const std::string& from, const std::string& to) {
        INFO(from << " becomes " << to);
        REQUIRE(from.size() == to.size());
        std::string altered = whole;
        const std::size_t at = altered.find(from);
        REQUIRE(at != std::string::npos);
        write_text(path, altered.replace(at, from.size(), to));
        check();
    };
    alter("\"iteration\":\"2\"", "\"iteration\":\"3\"");
    alter("\"iteration\":\"2\"", "\"iteration\":\"x\"");
    alter("\"optimiser steps\":\"2\"", "\"optimiser steps\":\"-\"");
    alter("\"parameters\"", "\"qarameters\"");
    alter("\"nca.checkpoint\"", "\"nca.xheckpoint\"");
    write_text(path, read_text(model_in(out)));
    check();
}

TEST_CASE("bad input: a checkpoint whose pool lies outside the grid") {
    const AlteredCheckpoint checkpoint;
    for (const std::uint32_t count : {0xFFFFFFFFU, 0x7FFFFFFFU, 0x80000000U, 401U}) {
        checkpoint.check_refused("pool.counts", count);
    }
    for (const std::uint32_t position : {0xFFFFFFFFU, 0x7FFFFFFFU, 0U, 100000U}) {
        checkpoint.check_refused("pool.positions", position);
    }
}

TEST_CASE("bad input: a checkpoint that holds values that are no numbers") {
    const AlteredCheckpoint checkpoint;
    for (const char* tensor : {"parameters", "average", "optimiser.mean", "optimiser.square", "pool.values"}) {
        checkpoint.check_refused(tensor, 0x7FC00000U); // NaN
        checkpoint.check_refused(tensor, 0x7F800000U); // infinity
    }
}

TEST_CASE("bad input: commands and options that do not exist, and arguments that are missing or too many") {
    const Workshop shop;
    shop.check_refused({}, "command");
    shop.check_refused({"nonsense"}, "nonsense");
    shop.check_refused({"--nonsense"}, "--nonsense");
    shop.check_refused({""}, "");
    shop.check_refused(shop.run({"--nonsense"}), "--nonsense");
    shop.check_refused(shop.run({"--nonsense", "3"}), "--nonsense");
    shop.check_refused(shop.run({"another.safetensors"}), "another.safetensors");
    shop.check_refused(shop.run({"--out"}), "--out");
    shop.check_refused(shop.run({"--seed", "1", "--seed", "2"}), "--seed");
    shop.check_refused(shop.grow("lizard", {"--nonsense", "3"}), "--nonsense");
    shop.check_refused(shop.grow("lizard", {"extra"}), "extra");
    shop.check_refused({"run"}, "MODEL");
    shop.check_refused({"info"}, "MODEL");
    shop.check_refused({"info", shop.model, shop.model}, "model.safetensors");
    shop.check_refused({"evaluate", shop.model}, "--target");
    shop.check_refused({"grow", "--target", "lizard"}, "--out");
    shop.check_refused({"grow", "--out", shop.folder.file("new")}, "--target");
    shop.check_refused({"info", shop.model, "run", shop.model}, "run");
}

TEST_CASE("bad input: a name with line breaks still gives one line") {
    const Workshop shop;
    shop.check_refused({"info", shop.folder.file("two\nlines")}, "lines");
    shop.check_refused(shop.grow("two\nlines\r\n"), "lines");
    shop.check_refused({"run\nrun"}, "run");
    shop.check_refused(shop.run({"--steps", "1\n2"}), "--steps");
}
