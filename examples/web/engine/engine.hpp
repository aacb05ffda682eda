// SPDX-License-Identifier: Apache-2.0
// What the sources of the engine share: functions that JavaScript calls, models, and worlds.
#ifndef NCA_EXAMPLES_WEB_ENGINE_HPP
#define NCA_EXAMPLES_WEB_ENGINE_HPP

#include <nca/run/model_file.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/identify.hpp>
#include <nca/systems/mnist/rule.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A function of the module. Those that can fail return false, or a null pointer, and leave what was wrong in a
/// message.
#if defined(__wasm__)
#define NCA_WEB_FUNCTION(type, name) extern "C" __attribute__((export_name(#name))) type name
#else
#define NCA_WEB_FUNCTION(type, name) extern "C" type name
#endif

namespace web {

using CreatureRule = nca::growing::Rule<>;
using DigitRule = nca::mnist::Rule<>;

/// Keeps what was wrong for JavaScript; false, or a null pointer.
bool fail(std::string message);
/// Bytes or text for JavaScript, which copies them at once.
void give(std::string_view bytes);
void give(std::span<const std::byte> bytes);

/// A model of any system. Its content is constant, and one of the classes derived from this.
struct Model {
    nca::System system{};
    int channels = 0;
    int parameters = 0;
    int width = 0; ///< of the training; 0 where the file does not tell it
    int height = 0;
    nca::StoredMetadata metadata{};

    Model() = default;
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;
    virtual ~Model() = default;
};
/// A handle: worlds keep the models that they use.
using ModelPointer = std::shared_ptr<const Model>;

template <class R>
struct RuleModel final : Model {
    explicit RuleModel(nca::Model<R> read) : content{std::move(read)} {}
    nca::Model<R> content;
};

/// The value of a key; null if it is missing.
[[nodiscard]] const std::string* find_metadata(const Model& model, std::string_view key);

/// What may be set at any time. The order of the fields is that in which JavaScript passes them.
struct Options {
    double fire_rate = 0.5;
    double step_size = 1.0;
    double degrees = 0.0;
    double boundary = 0.0; ///< an nca::Boundary
    double noise = 0.0;
    double lattice = 0.0;   ///< an nca::texture::Lattice
    double alignment = 0.0; ///< an nca::texture::Alignment
};

/// Cells on a grid. What a system does not have is refused in words.
class World {
public:
    World(ModelPointer model, int width, int height, std::uint64_t seed)
        : model_{std::move(model)}, width_{width}, height_{height}, seed_{seed} {}
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    virtual ~World() = default;

    [[nodiscard]] const Model& model() const noexcept { return *model_; }
    [[nodiscard]] int width() const noexcept { return width_; }
    [[nodiscard]] int height() const noexcept { return height_; }
    [[nodiscard]] virtual int image_width() const noexcept { return width_; }
    [[nodiscard]] virtual int image_height() const noexcept { return height_; }
    [[nodiscard]] const Options& options() const noexcept { return options_; }
    [[nodiscard]] virtual double steps() const noexcept = 0;
    [[nodiscard]] virtual int living_cells() const = 0;
    [[nodiscard]] virtual std::uint64_t hash() const = 0;

    virtual bool set_options(const Options& options) = 0;
    virtual void step() = 0;
    virtual void clear() = 0;
    virtual void reset() = 0;
    /// Opaque RGBA8 of image_width() * image_height() pixels.
    virtual void draw(std::span<std::uint8_t> rgba) const = 0;
    /// [height, width, channels].
    virtual void store(std::span<float> state) const = 0;
    virtual void load(std::span<const float> state) = 0;
    virtual void erase(double x, double y, double radius) = 0;

    virtual bool plant(int /*x*/, int /*y*/) { return fail("only creatures are planted"); }
    virtual bool set_adversary(const ModelPointer& /*model*/) { return without("adversaries"); }
    virtual bool assign(double /*x*/, double /*y*/, double /*radius*/, bool /*adversary*/) {
        return without("adversaries");
    }
    virtual bool scatter(double /*fraction*/, std::uint64_t /*seed*/) { return without("adversaries"); }
    [[nodiscard]] virtual int adversaries() const { return 0; }
    /// Removes all perturbations.
    virtual bool clear_perturbations() { return without("perturbations"); }
    virtual bool add_perturbation(const ModelPointer& /*model*/, std::string_view /*matrix*/, double /*coefficient*/) {
        return without("perturbations");
    }
    virtual bool draw_line(double /*from_x*/, double /*from_y*/, double /*x*/, double /*y*/, double /*thickness*/,
                           bool /*erase*/) {
        return fail("only digits are drawn");
    }
    /// Cells per digit, then those that are undecided.
    virtual bool votes(std::span<std::int32_t> /*eleven*/) const { return fail("only digits have a verdict"); }
    virtual bool graft(const ModelPointer& /*model*/, double /*x*/, double /*y*/, double /*radius*/) {
        return fail("only textures are grafted");
    }
    virtual bool follow(const ModelPointer& /*model*/) { return fail("only textures follow another model"); }

protected:
    static bool without(const char* what) { return fail(std::string{"such a world has no "}.append(what)); }

    ModelPointer model_;
    int width_;
    int height_;
    std::uint64_t seed_;
    Options options_{};
};

// One per system, each in a file of its own.
std::unique_ptr<World> make_creature_world(const ModelPointer& model, int width, int height, std::uint64_t seed);
std::unique_ptr<World> make_digit_world(const ModelPointer& model, int width, int height, std::uint64_t seed);
std::unique_ptr<World> make_texture_world(const ModelPointer& model, int width, int height, std::uint64_t seed);

/// A model of a texture; null, and the message says why, if the file holds none.
std::shared_ptr<Model> read_texture(std::span<const std::byte> bytes);

} // namespace web

#endif // NCA_EXAMPLES_WEB_ENGINE_HPP
