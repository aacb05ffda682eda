// SPDX-License-Identifier: Apache-2.0
// Worlds, for JavaScript. Sizes and ranges were checked there.
#include "engine.hpp"

NCA_WEB_FUNCTION(web::World*, nca_world_create)(const web::ModelPointer* model, int width, int height, double seed) {
    const auto number = static_cast<std::uint64_t>(seed);
    switch ((*model)->system) {
    case nca::System::growing:
        return web::make_creature_world(*model, width, height, number).release();
    case nca::System::mnist:
        return web::make_digit_world(*model, width, height, number).release();
    case nca::System::texture:
        return web::make_texture_world(*model, width, height, number).release();
    default:
        web::fail("matrices are no world: they perturb the states of one");
        return nullptr;
    }
}
NCA_WEB_FUNCTION(void, nca_world_release)(web::World* world) {
    delete world;
}

NCA_WEB_FUNCTION(int, nca_world_image_width)(const web::World* world) {
    return world->image_width();
}
NCA_WEB_FUNCTION(int, nca_world_image_height)(const web::World* world) {
    return world->image_height();
}
NCA_WEB_FUNCTION(double, nca_world_steps)(const web::World* world) {
    return world->steps();
}
NCA_WEB_FUNCTION(int, nca_world_living_cells)(const web::World* world) {
    return world->living_cells();
}
NCA_WEB_FUNCTION(void, nca_world_hash)(const web::World* world) {
    web::give(nca::hash_text(world->hash()));
}

/// The options as numbers, in the order of web::Options.
NCA_WEB_FUNCTION(const web::Options*, nca_world_options)(const web::World* world) {
    return &world->options();
}
NCA_WEB_FUNCTION(bool, nca_world_set_options)(web::World* world, const web::Options* options) {
    return world->set_options(*options);
}

NCA_WEB_FUNCTION(void, nca_world_step)(web::World* world, int count) {
    for (int i = 0; i < count; ++i) world->step();
}
NCA_WEB_FUNCTION(void, nca_world_clear)(web::World* world) {
    world->clear();
}
NCA_WEB_FUNCTION(void, nca_world_reset)(web::World* world) {
    world->reset();
}
NCA_WEB_FUNCTION(void, nca_world_draw)(const web::World* world, std::uint8_t* pixels, std::size_t size) {
    world->draw({pixels, size});
}
NCA_WEB_FUNCTION(void, nca_world_store)(const web::World* world, float* state, std::size_t count) {
    world->store({state, count});
}
NCA_WEB_FUNCTION(void, nca_world_load)(web::World* world, const float* state, std::size_t count) {
    world->load({state, count});
}
NCA_WEB_FUNCTION(void, nca_world_erase)(web::World* world, double x, double y, double radius) {
    world->erase(x, y, radius);
}
NCA_WEB_FUNCTION(bool, nca_world_plant)(web::World* world, int x, int y) {
    return world->plant(x, y);
}

NCA_WEB_FUNCTION(bool, nca_world_set_adversary)(web::World* world, const web::ModelPointer* model) {
    return world->set_adversary(model == nullptr ? nullptr : *model);
}
NCA_WEB_FUNCTION(bool, nca_world_assign)(web::World* world, double x, double y, double radius, bool adversary) {
    return world->assign(x, y, radius, adversary);
}
NCA_WEB_FUNCTION(bool, nca_world_scatter)(web::World* world, double fraction, double seed) {
    return world->scatter(fraction, static_cast<std::uint64_t>(seed));
}
NCA_WEB_FUNCTION(int, nca_world_adversaries)(const web::World* world) {
    return world->adversaries();
}
NCA_WEB_FUNCTION(bool, nca_world_clear_perturbations)(web::World* world) {
    return world->clear_perturbations();
}
NCA_WEB_FUNCTION(bool, nca_world_add_perturbation)
(web::World* world, const web::ModelPointer* model, const char* matrix, std::size_t size, double coefficient) {
    return world->add_perturbation(*model, {matrix, size}, coefficient);
}

NCA_WEB_FUNCTION(bool, nca_world_draw_line)
(web::World* world, double from_x, double from_y, double x, double y, double thickness, bool erase) {
    return world->draw_line(from_x, from_y, x, y, thickness, erase);
}
NCA_WEB_FUNCTION(bool, nca_world_votes)(const web::World* world, std::int32_t* eleven) {
    return world->votes({eleven, 11});
}
NCA_WEB_FUNCTION(bool, nca_world_graft)
(web::World* world, const web::ModelPointer* model, double x, double y, double radius) {
    return world->graft(*model, x, y, radius);
}
NCA_WEB_FUNCTION(bool, nca_world_follow)(web::World* world, const web::ModelPointer* model) {
    return world->follow(*model);
}
