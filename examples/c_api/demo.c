// SPDX-License-Identifier: Apache-2.0
// Runs a creature from C: grows it, cuts a hole, lets it heal, and writes an image.
#include "nca.h"

#include <stdio.h>
#include <stdlib.h>

enum { height = 72, width = 72 };

/// The bytes of a file, to be freed; null if it cannot be read.
static unsigned char* read_file(const char* path, size_t* size) {
    FILE* const file = fopen(path, "rb");
    if (file == NULL) return NULL;
    unsigned char* bytes = NULL;
    size_t capacity = 0;
    *size = 0;
    for (;;) {
        if (*size == capacity) {
            capacity = capacity == 0 ? 65536 : 2 * capacity;
            unsigned char* const larger = realloc(bytes, capacity);
            if (larger == NULL) break;
            bytes = larger;
        }
        const size_t count = fread(bytes + *size, 1, capacity - *size, file);
        *size += count;
        if (count == 0) break;
    }
    const int failed = ferror(file) != 0 || *size == capacity;
    fclose(file);
    if (!failed) return bytes;
    free(bytes);
    return NULL;
}

/// Writes RGBA pixels as an image in the PAM format, whole or not at all. Returns 0 on success.
static int write_image(const char* path, const uint8_t* pixels) {
    FILE* const file = fopen(path, "wb");
    if (file == NULL) return 1;
    int failed =
        fprintf(file, "P7\nWIDTH %d\nHEIGHT %d\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n", width, height) < 0;
    failed |= fwrite(pixels, 4, (size_t)width * height, file) != (size_t)width * height;
    failed |= fclose(file) != 0;
    if (failed) remove(path);
    return failed;
}

/// Lives a creature's life. Returns the status of the first call that failed.
static nca_status live(nca_world* world, uint8_t* pixels, size_t size) {
    int32_t grown = 0;
    int32_t cut = 0;
    int32_t healed = 0;
    uint64_t steps = 0;
    uint64_t hash = 0;
    nca_status status = nca_world_plant(world, width / 2, height / 2);
    if (status == NCA_OK) status = nca_world_step(world, 200);
    if (status == NCA_OK) status = nca_world_living_cells(world, &grown);
    if (status == NCA_OK) status = nca_world_erase(world, 30.0, 30.0, 8.0);
    if (status == NCA_OK) status = nca_world_living_cells(world, &cut);
    if (status == NCA_OK) status = nca_world_step(world, 200);
    if (status == NCA_OK) status = nca_world_living_cells(world, &healed);
    if (status == NCA_OK) status = nca_world_steps(world, &steps);
    if (status == NCA_OK) status = nca_world_hash(world, &hash);
    if (status == NCA_OK) status = nca_world_rgba(world, pixels, size, 0, NCA_PIXELS_RGBA, NULL);
    if (status == NCA_OK) {
        printf("steps %llu, grown %ld, cut %ld, healed %ld cells, hash %016llx\n", (unsigned long long)steps,
               (long)grown, (long)cut, (long)healed, (unsigned long long)hash);
    }
    return status;
}

int main(int argc, char** argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: demo MODEL OUT.pam\n");
        return 2;
    }
    size_t size = 0;
    unsigned char* const bytes = read_file(argv[1], &size);
    if (bytes == NULL) {
        fprintf(stderr, "demo: cannot read '%s'\n", argv[1]);
        return 2;
    }
    char error[256];
    nca_model* model = NULL;
    nca_world* world = NULL;
    nca_status status = nca_model_create(bytes, size, &model, error, sizeof error);
    free(bytes);
    if (status == NCA_OK) {
        status = nca_world_create(model, height, width, 7, NCA_BOUNDARY_RULE, &world, error, sizeof error);
    }
    nca_model_destroy(model); // the world lives on
    if (status != NCA_OK) {
        fprintf(stderr, "demo: '%s': %s\n", argv[1], error);
        return 2;
    }
    static uint8_t pixels[4 * width * height];
    status = live(world, pixels, sizeof pixels);
    if (status != NCA_OK) fprintf(stderr, "demo: %s\n", nca_world_error(world));
    nca_world_destroy(world);
    if (status != NCA_OK) return 2;
    if (write_image(argv[2], pixels) != 0) {
        fprintf(stderr, "demo: cannot write '%s'\n", argv[2]);
        return 2;
    }
    return 0;
}
