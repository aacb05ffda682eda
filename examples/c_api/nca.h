// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_C_API_NCA_H
#define NCA_C_API_NCA_H

// A C interface to running neural cellular automata: for Unity, Godot, Python and whatever else can call C.
//
// Every function that can fail returns a status; NCA_OK is 0. A null pointer or a number out of range is refused with
// NCA_ERROR_ARGUMENT, and nothing is changed. Nothing is printed, nothing is global, no C++ exception leaves.
//
// Threads: a model is constant, so any number of threads may create worlds from it. A world belongs to one thread at a
// time; different worlds may be used at the same time, also if they share a model. The same model, seed and calls give
// the same trajectory.
//
// Coordinates: x counts columns from 0 on, y counts rows downwards, z counts layers. Extents go the other way: depth,
// height, width. Functions that take x and y or a height and a width are for worlds of two dimensions and refuse
// others; those that take arrays are for worlds of one to three dimensions.

#include <stddef.h>
#include <stdint.h>

/// The version of this interface. It changes when existing programs would break, not when functions are added. A
/// program that loads the library at run time compares it with nca_abi_version().
#define NCA_ABI_VERSION 1

#if defined(_WIN32) && defined(NCA_C_BUILDING)
#define NCA_API __declspec(dllexport)
#elif defined(_WIN32)
#define NCA_API __declspec(dllimport)
#elif defined(__GNUC__)
#define NCA_API __attribute__((visibility("default")))
#else
#define NCA_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// What a function returns: one of NCA_OK and NCA_ERROR_... Integers of a fixed width, so that every language agrees.
typedef int32_t nca_status;
enum {
    NCA_OK = 0,
    NCA_ERROR_ARGUMENT = 1, ///< a null pointer, or a value out of range
    NCA_ERROR_MODEL = 2,    ///< the bytes are not a model, or one that this library cannot run
    NCA_ERROR_CAPACITY = 3, ///< the caller's memory is too small
    NCA_ERROR_SNAPSHOT = 4, ///< the bytes are not a snapshot of such a world
    NCA_ERROR_MEMORY = 5,   ///< out of memory
    NCA_ERROR_INTERNAL = 6  ///< a defect of the library
};

/// The boundary condition: what a cell perceives beyond the border.
enum {
    NCA_BOUNDARY_RULE = -1, ///< that of the model: zeros for growing creatures
    NCA_BOUNDARY_ZERO = 0,
    NCA_BOUNDARY_TORUS = 1,
    NCA_BOUNDARY_REPLICATE = 2,
    NCA_BOUNDARY_REFLECT = 3
};

/// The format of pixels: an order of the four bytes, optionally with NCA_PIXELS_PREMULTIPLIED.
enum {
    NCA_PIXELS_RGBA = 0,
    NCA_PIXELS_BGRA = 1,
    NCA_PIXELS_ARGB = 2,
    NCA_PIXELS_ABGR = 3,
    NCA_PIXELS_PREMULTIPLIED = 16 ///< colours times alpha; without it alpha is straight
};

/// The longest side of a world, the most cells, and the most rules that share a world.
#define NCA_MAX_SIDE 16384
#define NCA_MAX_CELLS 16777216
#define NCA_MAX_SPECIES 256

/// A trained rule. Constant.
typedef struct nca_model nca_model;
/// A simulation of one or more rules on a grid of cells.
typedef struct nca_world nca_world;

/// NCA_ABI_VERSION of the library, as it was built.
NCA_API int32_t nca_abi_version(void);
/// The version of the library, for instance "0.1.0". Constant text.
NCA_API const char* nca_version(void);
/// A status in words. Constant text; never null.
NCA_API const char* nca_status_text(nca_status status);

/// Reads a model from the bytes of a file: a .safetensors file of nca of any rule, or one that an article published
/// (.json, .safetensors, .pt). The bytes may be released afterwards. On success *model is the model, else null.
/// `reason` may be null; else at most `capacity` bytes of a message with a closing zero are written to it: what was
/// wrong, or empty.
NCA_API nca_status nca_model_create(const void* bytes, size_t size, nca_model** model, char* reason, size_t capacity);
/// Destroys a model. Worlds that were created from it stay valid. Null is allowed.
NCA_API void nca_model_destroy(nca_model* model);
/// The number of values of a cell.
NCA_API nca_status nca_model_channels(const nca_model* model, int32_t* channels);
/// The grid of the training, or 0 x 0 where the file does not tell it.
NCA_API nca_status nca_model_grid(const nca_model* model, int32_t* height, int32_t* width);
/// The same in any dimensions, slowest first, 0 for each extent that the file does not tell; `dimensions` is the number
/// that fit, at least that of the model.
NCA_API nca_status nca_model_sizes(const nca_model* model, int32_t* sizes, size_t dimensions);
/// The number of dimensions of its worlds, from 1 to 3.
NCA_API nca_status nca_model_dimensions(const nca_model* model, int32_t* dimensions);
/// What the model does: "growing", "mnist", "texture", "goal_guided", "isotropic", "voxel", or empty where the file
/// does not tell. Valid until the model is destroyed. Never null, also for a null model.
NCA_API const char* nca_model_system(const nca_model* model);
/// 1 if the rule grows from a seed, which nca_world_plant plants; else 0.
NCA_API nca_status nca_model_has_seed(const nca_model* model, int32_t* has_seed);
/// The number of goals that cells can be told; 0 without.
NCA_API nca_status nca_model_goals(const nca_model* model, int32_t* goals);
/// The number of inputs that a cell is told; 0 without.
NCA_API nca_status nca_model_inputs(const nca_model* model, int32_t* inputs);
/// The number of classes of nca_world_votes or nca_world_blocks; 0 where cells show colours.
NCA_API nca_status nca_model_classes(const nca_model* model, int32_t* classes);
/// 1 if cells are hexagons, each row half a cell further to the right than the row above; 0 for squares.
NCA_API nca_status nca_model_hexagonal(const nca_model* model, int32_t* hexagonal);

/// An empty world of height x width cells. `seed` chooses the random fire masks. `boundary` is one of NCA_BOUNDARY_...
/// On success *world is the world, else null; `reason` and `capacity` as of nca_model_create. What the world needs is
/// allocated here: afterwards steps, drawing and copies of the state do not allocate.
NCA_API nca_status nca_world_create(const nca_model* model, int32_t height, int32_t width, uint64_t seed,
                                    int32_t boundary, nca_world** world, char* reason, size_t capacity);
/// The same for a world of any dimensions: `sizes` are its extents, slowest first, one for each of its `dimensions`.
NCA_API nca_status nca_world_create_sizes(const nca_model* model, const int32_t* sizes, int32_t dimensions,
                                          uint64_t seed, int32_t boundary, nca_world** world, char* reason,
                                          size_t capacity);
/// A world that several rules share: cells of species s follow models[s], all are of species 0 at first. The rules
/// differ in their parameters alone; settings and goals are those of the first.
NCA_API nca_status nca_world_create_community(const nca_model* const* models, int32_t count, const int32_t* sizes,
                                              int32_t dimensions, uint64_t seed, int32_t boundary, nca_world** world,
                                              char* reason, size_t capacity);
/// Destroys a world. Null is allowed.
NCA_API void nca_world_destroy(nca_world* world);
/// The error of the last call on this world that failed: one sentence, or empty. Valid until the next call that
/// fails, or until the world is destroyed. Never null, also for a null world.
NCA_API const char* nca_world_error(const nca_world* world);

/// Takes `count` steps. The cost is proportional to the cells that are alive and fire.
NCA_API nca_status nca_world_step(nca_world* world, int32_t count);
/// Plants a seed, from which a creature grows. Outside the world: nothing happens.
NCA_API nca_status nca_world_plant(nca_world* world, int32_t x, int32_t y);
/// The same at x, y, z; `dimensions` is the number of coordinates, as in the functions below.
NCA_API nca_status nca_world_plant_at(nca_world* world, const int32_t* at, size_t dimensions);
/// Sets every value of every cell to noise from -1/2 to 1/2, the start of textures without a hidden layer (muNCA);
/// other textures start from zeros. `seed` chooses the noise.
NCA_API nca_status nca_world_plant_noise(nca_world* world, uint64_t seed);
/// Sets the cells closer than `radius` to a point to zero. Clipped at the border.
NCA_API nca_status nca_world_erase(nca_world* world, double x, double y, double radius);
NCA_API nca_status nca_world_erase_at(nca_world* world, const double* at, size_t dimensions, double radius);
/// Sets the cells closer than `radius` to a point to these values; `count` is the number of channels. Clipped.
NCA_API nca_status nca_world_paint(nca_world* world, double x, double y, double radius, const float* values,
                                   size_t count);
NCA_API nca_status nca_world_paint_at(nca_world* world, const double* at, size_t dimensions, double radius,
                                      const float* values, size_t count);
/// Gives the cells closer than `radius` to a point to a species of a community; their state stays. Clipped.
NCA_API nca_status nca_world_assign(nca_world* world, int32_t species, double x, double y, double radius);
NCA_API nca_status nca_world_assign_at(nca_world* world, int32_t species, const double* at, size_t dimensions,
                                       double radius);
/// Sets every cell to zero. The step counter continues.
NCA_API nca_status nca_world_clear(nca_world* world);

/// The fraction of the cells that update in a step, from 0 to 1.
NCA_API nca_status nca_world_set_fire_rate(nca_world* world, double fire_rate);
/// The factor of every update; 1 as trained.
NCA_API nca_status nca_world_set_step_size(nca_world* world, double step_size);
/// The rotation of the cells' perception, in radians, counter-clockwise: the creature grows rotated.
NCA_API nca_status nca_world_set_angle(nca_world* world, double radians);
/// Rotates the perception of every cell by an angle of its own, in addition to nca_world_set_angle: `count` is
/// the number of cells, row by row. Null and 0: the same orientation for all again.
NCA_API nca_status nca_world_set_angles(nca_world* world, const float* angles, size_t count);
/// What lies beyond the border: one of NCA_BOUNDARY_...
NCA_API nca_status nca_world_set_boundary(nca_world* world, int32_t boundary);
/// Tells all cells a goal from now on, from 0 to nca_model_goals - 1.
NCA_API nca_status nca_world_set_goal(nca_world* world, int32_t goal);
/// Tells cells these inputs from now on: `count` is nca_model_inputs, or as many for each cell. Null and 0: zeros, as
/// in a new world.
NCA_API nca_status nca_world_set_inputs(nca_world* world, const float* values, size_t count);

/// Draws the world into the caller's memory: 4 bytes per cell, row by row from the top, layer below layer in three
/// dimensions. Digits have the colours of their votes; cells that show classes of blocks have no colours. `size` is the
/// size of that memory, `stride` the bytes from a row to the next (0: 4 * width), `flags` one of NCA_PIXELS_...,
/// `background` null or three bytes red, green, blue, on which the world is then drawn opaquely.
NCA_API nca_status nca_world_rgba(nca_world* world, uint8_t* pixels, size_t size, size_t stride, uint32_t flags,
                                  const uint8_t* background);
/// The digit that each cell votes for, from 0 to 9, or -1 without ink: one number per cell, row by row. `count` is the
/// number that fit. For models of digits.
NCA_API nca_status nca_world_votes(nca_world* world, int32_t* votes, size_t count);
/// The class of block that each cell shows, from 0, air, to nca_model_classes - 1: one byte per cell, row by row and
/// layer by layer. `count` is the number that fit. For models of blocks.
NCA_API nca_status nca_world_blocks(nca_world* world, uint8_t* classes, size_t count);
/// Copies the state to the caller: [depth][height][width][channels], as far as there are dimensions; `count` is the
/// number of floats that fit, at least cells * channels.
NCA_API nca_status nca_world_read_state(nca_world* world, float* values, size_t count);
/// Replaces the state; `count` is cells * channels. The values must be finite.
NCA_API nca_status nca_world_write_state(nca_world* world, const float* values, size_t count);

/// Height, width and the number of channels.
NCA_API nca_status nca_world_size(nca_world* world, int32_t* height, int32_t* width, int32_t* channels);
/// The extents, slowest first; `dimensions` is the number that fit, at least that of the world.
NCA_API nca_status nca_world_sizes(nca_world* world, int32_t* sizes, size_t dimensions);
/// The numbers of dimensions and of channels.
NCA_API nca_status nca_world_dimensions(nca_world* world, int32_t* dimensions);
NCA_API nca_status nca_world_channels(nca_world* world, int32_t* channels);
/// The bounding box of the living cells: its upper left corner and its size, which is 0 in an empty world.
NCA_API nca_status nca_world_bounds(nca_world* world, int32_t* x, int32_t* y, int32_t* width, int32_t* height);
/// The same in any dimensions: the first cell and the size along x, y, z; `dimensions` is the number that fit in each.
NCA_API nca_status nca_world_box(nca_world* world, int32_t* first, int32_t* size, size_t dimensions);
/// The number of living cells; for textures and blocks, of cells that are not zero.
NCA_API nca_status nca_world_living_cells(nca_world* world, int32_t* cells);
/// The number of steps taken.
NCA_API nca_status nca_world_steps(nca_world* world, uint64_t* steps);
/// A hash of the state: equal states have equal hashes.
NCA_API nca_status nca_world_hash(nca_world* world, uint64_t* hash);

/// The bytes that nca_world_save would write now. They grow with the number of living cells: 72 bytes, and
/// 4 + 4 * channels for each. Other dimensions than two, or several species, take 12 bytes more, the species another
/// one per cell.
NCA_API nca_status nca_world_snapshot_size(nca_world* world, size_t* size);
/// Saves the state, the step counter, the seed and the settings, except for angles of single cells, goals and
/// inputs, to the caller's memory of `capacity` bytes. The bytes may be kept in a file.
NCA_API nca_status nca_world_save(nca_world* world, void* memory, size_t capacity);
/// Restores a snapshot, from which the same trajectory follows. The world must have the same extents, channels and
/// species, and for the same trajectory the same model. Damaged or foreign bytes are refused and change nothing.
NCA_API nca_status nca_world_restore(nca_world* world, const void* memory, size_t size);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // NCA_C_API_NCA_H
