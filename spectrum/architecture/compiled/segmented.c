/* A segmented convolution of stride 1, "same" padding and odd kernels on channels-last images, forward and backward: by
 * tiles, where the processor has them and they are the faster way, or by vectors. What decides are shapes alone.
 *
 * images [n, h, w, inputs] of all segments, output [n, h, w, outputs]; kernels [outputs, inputs, taps] of each segment,
 * one after the other. sizes: n, h, w, height and width of the kernels. */

#include "vectors.h"

#define FORWARD                                                                                            \
    const int64_t *sizes, const int32_t *inputs, const int32_t *outputs, int64_t segments, const void *images, \
        const float *kernels, void *output, int precision
#define BACKWARD                                                                                           \
    const int64_t *sizes, const int32_t *inputs, const int32_t *outputs, int64_t segments, const void *images, \
        const float *kernels, const void *upstream, void *image_gradient, float *kernel_gradients, int precision

int direct_forward(FORWARD);
int direct_backward(BACKWARD);

#ifdef __AMX_BF16__
int tiles_forward(FORWARD);
int tiles_backward(BACKWARD);

enum { NARROW = 2 }; /* channels of a segment up to which tiles are mostly empty */

static int on_tiles(const int32_t *inputs, const int32_t *outputs, Index segments, int precision) {
    int wide = 0;
    for (Index s = 0; s < segments; s++) wide |= inputs[s] > NARROW || outputs[s] > NARROW;
    return precision == BF16 && wide;
}
#else
#define tiles_forward direct_forward
#define tiles_backward direct_backward
#define on_tiles(inputs, outputs, segments, precision) 0
#endif

int segmented_forward(FORWARD) {
    return (on_tiles(inputs, outputs, segments, precision) ? tiles_forward : direct_forward)(
        sizes, inputs, outputs, segments, images, kernels, output, precision);
}

/* The gradients of the images and of the kernels; NULL for one that is not wanted. */
int segmented_backward(BACKWARD) {
    return (on_tiles(inputs, outputs, segments, precision) ? tiles_backward : direct_backward)(
        sizes, inputs, outputs, segments, images, kernels, upstream, image_gradient, kernel_gradients, precision);
}
