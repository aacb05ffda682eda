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
// Coordinates: x counts columns from 0 on, y counts rows downwards.

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
    NCA_ERROR_MODEL = 2,    ///< the bytes are not a model, or one of a rule that this library does not have
    NCA_ERROR_CAPACITY = 3, ///< the caller's memory is too small
    NCA_ERROR_SNAPSHOT = 4, ///< the bytes are not a snapshot of such a world
    NCA_ERROR_MEMORY = 5,   ///< out of memory
    NCA_ERROR_INTERNAL = 6  ///< a defect of the library
};

/// The boundary condition: what a cell perceives beyond the border.
enum {
    NCA_BOUNDARY_RULE = -1, ///< that of the rule: zeros for growing creatures
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

/// The longest side of a world, and the most cells.
#define NCA_MAX_SIDE 16384
#define NCA_MAX_CELLS 16777216

/// A trained rule. Constant.
typedef struct nca_model nca_model;
/// A simulation of a rule on a grid of cells.
typedef struct nca_world nca_world;

/// NCA_ABI_VERSION of the library, as it was built.
NCA_API int32_t nca_abi_version(void);
/// The version of the library, for instance "0.1.0". Constant text.
NCA_API const char* nca_version(void);
/// A status in words. Constant text; never null.
NCA_API const char* nca_status_text(nca_status status);

/// Reads a model from the bytes of a .safetensors file of nca or of a published Distill .json file. The bytes may be
/// released afterwards. On success *model is the model, else null. `reason` may be null; else at most `capacity` bytes
/// of a message with a closing zero are written to it: what was wrong, or empty.
NCA_API nca_status nca_model_create(const void* bytes, size_t size, nca_model** model, char* reason, size_t capacity);
/// Destroys a model. Worlds that were created from it stay valid. Null is allowed.
NCA_API void nca_model_destroy(nca_model* model);
/// The number of values of a cell.
NCA_API nca_status nca_model_channels(const nca_model* model, int32_t* channels);
/// The grid of the training, or 0 x 0 where the file does not tell it.
NCA_API nca_status nca_model_grid(const nca_model* model, int32_t* height, int32_t* width);

/// An empty world of height x width cells. `seed` chooses the random fire masks. `boundary` is one of NCA_BOUNDARY_...
/// On success *world is the world, else null; `reason` and `capacity` as of nca_model_create. What the world needs is
/// allocated here: afterwards only snapshots, the first nca_world_set_angles and calls that fail allocate.
NCA_API nca_status nca_world_create(const nca_model* model, int32_t height, int32_t width, uint64_t seed,
                                    int32_t boundary, nca_world** world, char* reason, size_t capacity);
/// Destroys a world. Null is allowed.
NCA_API void nca_world_destroy(nca_world* world);
/// The error of the last call on this world that failed: one sentence, or empty. Valid until the next call that
/// fails, or until the world is destroyed. Never null, also for a null world.
NCA_API const char* nca_world_error(const nca_world* world);

/// Takes `count` steps. The cost is proportional to the cells that are alive and fire.
NCA_API nca_status nca_world_step(nca_world* world, int32_t count);
/// Plants a seed, from which a creature grows. Outside the world: nothing happens.
NCA_API nca_status nca_world_plant(nca_world* world, int32_t x, int32_t y);
/// Sets the cells closer than `radius` to a point to zero. Clipped at the border.
NCA_API nca_status nca_world_erase(nca_world* world, double x, double y, double radius);
/// Sets the cells closer than `radius` to a point to these values; `count` is the number of channels. Clipped.
NCA_API nca_status nca_world_paint(nca_world* world, double x, double y, double radius, const float* values,
                                   size_t count);
/// Sets every cell to zero. The step counter continues.
NCA_API nca_status nca_world_clear(nca_world* world);

/// The fraction of the cells that update in a step, from 0 to 1.
NCA_API nca_status nca_world_set_fire_rate(nca_world* world, double fire_rate);
/// The factor of every update; 1 as trained.
NCA_API nca_status nca_world_set_step_size(nca_world* world, double step_size);
/// The rotation of the cells' perception, in radians, counter-clockwise: the creature grows rotated.
NCA_API nca_status nca_world_set_angle(nca_world* world, double radians);
/// Rotates the perception of every cell by an angle of its own, in addition to nca_world_set_angle: `count` is
/// height * width, row by row. Null and 0: the same orientation for all again.
NCA_API nca_status nca_world_set_angles(nca_world* world, const float* angles, size_t count);
/// What lies beyond the border: one of NCA_BOUNDARY_...
NCA_API nca_status nca_world_set_boundary(nca_world* world, int32_t boundary);

/// Draws the world into the caller's memory: 4 bytes per cell, row by row from the top. `size` is the size of that
/// memory, `stride` the bytes from a row to the next (0: 4 * width), `flags` one of NCA_PIXELS_..., `background` null
/// or three bytes red, green, blue, on which the world is then drawn opaquely.
NCA_API nca_status nca_world_rgba(nca_world* world, uint8_t* pixels, size_t size, size_t stride, uint32_t flags,
                                  const uint8_t* background);
/// Copies the state to the caller: [height][width][channels]; `count` is the number of floats that fit, at least
/// height * width * channels.
NCA_API nca_status nca_world_read_state(nca_world* world, float* values, size_t count);
/// Replaces the state; `count` is height * width * channels. The values must be finite.
NCA_API nca_status nca_world_write_state(nca_world* world, const float* values, size_t count);

/// Height, width and the number of channels.
NCA_API nca_status nca_world_size(nca_world* world, int32_t* height, int32_t* width, int32_t* channels);
/// The bounding box of the living cells: its upper left corner and its size, which is 0 in an empty world.
NCA_API nca_status nca_world_bounds(nca_world* world, int32_t* x, int32_t* y, int32_t* width, int32_t* height);
/// The number of living cells.
NCA_API nca_status nca_world_living_cells(nca_world* world, int32_t* cells);
/// The number of steps taken.
NCA_API nca_status nca_world_steps(nca_world* world, uint64_t* steps);
/// A hash of the state: equal states have equal hashes.
NCA_API nca_status nca_world_hash(nca_world* world, uint64_t* hash);

/// The bytes that nca_world_save would write now. They grow with the number of living cells: 72 bytes, and
/// 4 + 4 * channels for each.
NCA_API nca_status nca_world_snapshot_size(nca_world* world, size_t* size);
/// Saves the state, the step counter, the seed and the settings, except for the angle of each cell, to the caller's
/// memory of `capacity` bytes. The bytes may be kept in a file.
NCA_API nca_status nca_world_save(nca_world* world, void* memory, size_t capacity);
/// Restores a snapshot, from which the same trajectory follows. The world must have the same height, width and number of
/// channels, and for the same trajectory the same model. Damaged or foreign bytes are refused and change nothing.
NCA_API nca_status nca_world_restore(nca_world* world, const void* memory, size_t size);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // NCA_C_API_NCA_H
