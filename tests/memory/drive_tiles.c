/* Calls the kernels on tiles with random shapes. The compiler's checks do not see what tiles read and write, so that each
 * array, theirs too, begins or ends where a page begins that nobody may touch: any access beyond it ends the process. */

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, ARRAYS = 64 };

static struct {
    void *values, *pages;
    size_t bytes;
} known[ARRAYS];
static int at_the_end; /* whether arrays end at a forbidden page, or begin behind one */

static void *guarded(size_t bytes) {
    const size_t inside = (bytes + PAGE - 1) / PAGE * PAGE, all = inside + 2 * PAGE;
    char *pages = mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + PAGE, inside, PROT_READ | PROT_WRITE)) abort();
    for (int i = 0; i < ARRAYS; i++)
        if (!known[i].values) {
            known[i].values = pages + PAGE + (at_the_end ? inside - bytes : 0);
            known[i].pages = pages, known[i].bytes = all;
            return known[i].values;
        }
    abort();
}

static void *guarded_zeros(size_t count, size_t bytes) {
    return guarded(count * bytes);
}

static void *guarded_aligned(size_t alignment, size_t bytes) {
    void *values = guarded(bytes);
    if ((uintptr_t)values % alignment) abort();
    return values;
}

static void release(void *values) {
    for (int i = 0; values && i < ARRAYS; i++)
        if (known[i].values == values) {
            munmap(known[i].pages, known[i].bytes);
            known[i].values = NULL;
        }
}

#define malloc guarded
#define calloc guarded_zeros
#define aligned_alloc guarded_aligned
#define free release
#include "tiles.c"

static int up_to(int most) {
    return 1 + rand() % most;
}

static float *ones(int64_t count) {
    float *values = malloc(count * sizeof *values);
    for (int64_t i = 0; i < count; i++) values[i] = 1;
    return values;
}

static int convolve_any(void) {
    int64_t sizes[5] = {up_to(9), up_to(20), up_to(20), 2 * up_to(4) - 1, 2 * up_to(4) - 1};
    int64_t kernels = 0, in = 0, out = 0;
    const int segments = up_to(12), equal = rand() % 2, width = up_to(rand() % 4 ? 20 : 100);
    int32_t *inputs = malloc(segments * sizeof *inputs), *outputs = malloc(segments * sizeof *outputs);
    for (int s = 0; s < segments; s++) {
        inputs[s] = rand() % 3 ? width : up_to(40), outputs[s] = equal ? inputs[s] : up_to(40);
        kernels += (int64_t)inputs[s] * outputs[s] * sizes[3] * sizes[4], in += inputs[s], out += outputs[s];
    }
    const size_t pixels = sizes[0] * sizes[1] * sizes[2];
    Half *images = calloc(pixels, in * sizeof *images), *output = malloc(pixels * out * sizeof *output);
    Half *upstream = calloc(pixels, out * sizeof *upstream), *gradient = malloc(pixels * in * sizeof *gradient);
    float *weights = ones(kernels), *gradients = malloc(kernels * sizeof *gradients);
    int failed = tiles_forward(sizes, inputs, outputs, segments, images, weights, output, BF16);
    failed |= tiles_backward(sizes, inputs, outputs, segments, images, weights, upstream, rand() % 4 ? gradient : NULL,
                             rand() % 4 ? gradients : NULL, BF16);
    void *arrays[] = {inputs, outputs, images, output, upstream, gradient, weights, gradients};
    for (int i = 0; i < 8; i++) free(arrays[i]);
    return failed;
}

int main(int count, char **arguments) {
    if (!tiles_allowed()) return puts("not allowed"), 1;
    for (int seed = 0; seed < (count > 1 ? atoi(arguments[1]) : 100); seed++) {
        srand(seed);
        at_the_end = seed % 2;
        if (convolve_any()) return printf("failed at seed %d\n", seed), 1;
        for (int i = 0; i < ARRAYS; i++)
            if (known[i].values) return printf("not all is freed at seed %d\n", seed), 1;
    }
    return puts("clean"), 0;
}
