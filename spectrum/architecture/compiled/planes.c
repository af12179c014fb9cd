/* A segmented convolution of stride 1, "same" padding and odd kernels, forward and backward.
 *
 * Images are [n, h, w, c] in memory. A few of them at a time, and some of their channels, are turned into planes: one
 * row of floats for each channel, with zeros at the end of each row of pixels and after each image. Every tap of the
 * kernel is then a fixed offset along that row, and vectors are full however few channels a segment has. What is
 * computed at the places of the zeros is dropped.
 *
 * Kernels are [width, width, taps] for each segment, one after the other. */

#include "vectors.h"

enum {
    TILE = LANES >= 16 ? 4 : 2, /* vectors that are computed at a time for each output: as many as registers hold */
    OUTPUTS = 4,                /* outputs at a time */
    TAPS = 3,                   /* taps at a time, in the gradient of the kernels */
    PLACES = 512,               /* about so many floats a plane: those of a segment stay in the first cache */
    CHANNELS = 64               /* about so many channels at a time: their planes stay in the second one */
};

typedef struct {
    Index images, height, width, channels; /* of the images */
    Index kernel_height, kernel_width, taps;
    Index block;  /* images at a time */
    Index row;    /* places from one row of pixels to the next */
    Index image;  /* places from one image to the next */
    Index places; /* of all images of a block, in whole tiles */
    Index margin; /* places before the first */
    Index pitch;  /* floats from one plane to the next */
} Layout;

static Layout layout(const int64_t *sizes) {
    Layout l = {.images = sizes[0], .height = sizes[1], .width = sizes[2], .channels = sizes[3]};
    l.kernel_height = sizes[4], l.kernel_width = sizes[5], l.taps = sizes[4] * sizes[5];
    Index down = l.kernel_height / 2, across = l.kernel_width / 2, tile = TILE * LANES;
    l.row = l.width + across;
    l.image = (l.height + down) * l.row;
    l.block = PLACES / l.image > 1 ? PLACES / l.image : 1;
    if (l.block > l.images) l.block = l.images;
    l.places = (l.block * l.image + tile - 1) / tile * tile;
    l.margin = (down * l.row + across + LANES - 1) / LANES * LANES;
    l.pitch = (l.places + 2 * l.margin) / 16 * 16 + 32; /* an odd number of cache lines would do; a power of two not */
    return l;
}

/* Where each tap lies from the place it is computed for. */
static void offsets(const Layout *l, Index *offset) {
    for (Index y = 0; y < l->kernel_height; y++)
        for (Index x = 0; x < l->kernel_width; x++)
            *offset++ = (y - l->kernel_height / 2) * l->row + x - l->kernel_width / 2;
}

INLINE void transpose(quad_floats rows[4]) {
    quad_floats a = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
    quad_floats b = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
    quad_floats c = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
    quad_floats d = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
    rows[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
    rows[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    rows[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
    rows[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

/* One row of pixels, from value `at` of the images on, to planes or back: four pixels by four channels at a time, the
 * last four of each overlapping those before. */
INLINE void turn_row(void *images, float *planes, const Layout *l, Index at, Index count, int back, int precision) {
    const Index width = l->width, channels = l->channels, pitch = l->pitch;
    if (width < 4 || count < 4) {
        for (Index c = 0; c < count; c++)
            for (Index x = 0; x < width; x++) {
                float *place = planes + c * pitch + x;
                Index value = at + x * channels + c;
                if (back) single_store(images, value, *(single_floats *)place, precision);
                else *(single_floats *)place = single_load(images, value, precision);
            }
        return;
    }
    for (Index x = 0; x < width; x += 4) {
        if (x > width - 4) x = width - 4;
        for (Index c = 0; c < count; c += 4) {
            if (c > count - 4) c = count - 4;
            float *place = planes + c * pitch + x;
            Index value = at + x * channels + c;
            quad_floats rows[4];
            for (int i = 0; i < 4; i++)
                rows[i] = back ? *(quad_floats *)(place + i * pitch) : quad_load(images, value + i * channels, precision);
            transpose(rows);
            for (int i = 0; i < 4; i++) {
                if (back) quad_store(images, value + i * channels, rows[i], precision);
                else *(quad_floats *)(place + i * pitch) = rows[i];
            }
        }
    }
}

/* So many channels of a block of images, from `channel` on, to planes or back. */
static void turn(void *images, float *planes, const Layout *l, Index first, Index images_here, Index channel,
                 Index count, int back, int precision) {
    for (Index image = 0; image < images_here; image++)
        for (Index y = 0; y < l->height; y++) {
            Index at = ((first + image) * l->height + y) * l->width * l->channels + channel;
            float *row = planes + l->margin + image * l->image + y * l->row;
            if (precision == FP32 && !back) turn_row(images, row, l, at, count, 0, FP32);
            else if (precision == FP32) turn_row(images, row, l, at, count, 1, FP32);
            else if (!back) turn_row(images, row, l, at, count, 0, BF16);
            else turn_row(images, row, l, at, count, 1, BF16);
        }
}

/* How many outputs to compute next of those that are left: no single one if it can be helped. */
INLINE Index outputs_of(Index left) {
    return left == 5 || left == 3 ? 3 : left >= OUTPUTS ? OUTPUTS : left;
}

#define WITH_CONSTANT(outputs, CALL) \
    switch (outputs) {               \
    case 1: CALL(1); break;          \
    case 2: CALL(2); break;          \
    case 3: CALL(3); break;          \
    default: CALL(OUTPUTS);          \
    }

/* One tile of a few outputs: the sum over inputs and taps. The kernel is [inputs, taps, outputs of the segment]. */
INLINE void convolve_tile(const float *input, Index pitch, Index width, const float *kernel, const Index *offset,
                          Index taps, float *output, const int outputs) {
    Vector sum[OUTPUTS][TILE];
    for (int o = 0; o < outputs; o++)
        for (int v = 0; v < TILE; v++) sum[o][v] = (Vector){0};
    for (Index i = 0; i < width; i++, input += pitch)
        for (Index t = 0; t < taps; t++, kernel += width) {
            Vector tile[TILE];
            for (int v = 0; v < TILE; v++) tile[v] = *(const Vector *)(input + offset[t] + v * LANES);
            for (int o = 0; o < outputs; o++)
                for (int v = 0; v < TILE; v++) sum[o][v] += kernel[o] * tile[v];
        }
    for (int o = 0; o < outputs; o++)
        for (int v = 0; v < TILE; v++) *(Vector *)(output + o * pitch + v * LANES) = sum[o][v];
}

/* The planes of one segment. */
static void convolve(const float *input, const Layout *l, Index width, const float *kernel, const Index *offset,
                     float *output) {
    const Index pitch = l->pitch, taps = l->taps;
    for (Index place = 0; place < l->places; place += TILE * LANES)
        for (Index o = 0; o < width; o += outputs_of(width - o)) {
#define CALL(outputs) \
    convolve_tile(input + place, pitch, width, kernel + o, offset, taps, output + o * pitch + place, outputs)
            WITH_CONSTANT(outputs_of(width - o), CALL)
#undef CALL
        }
}

/* The sum of the lanes of each of four vectors. */
INLINE quad_floats totals(const Vector vectors[4]) {
    quad_floats rows[4];
    for (int i = 0; i < 4; i++) {
        quad_floats parts[LANES / 4];
        memcpy(parts, &vectors[i], sizeof vectors[i]);
        rows[i] = parts[0];
        for (int part = 1; part < LANES / 4; part++) rows[i] += parts[part];
    }
    transpose(rows);
    return (rows[0] + rows[1]) + (rows[2] + rows[3]);
}

/* The gradients of a few taps of one input and a few outputs, added to [outputs, inputs, taps]. */
INLINE void kernel_tile(const float *input, const Index *offset, const float *upstream, const Layout *l, float *gradient,
                        Index from_output_to_output, const int outputs, const int taps) {
    Vector sum[TAPS][OUTPUTS];
    for (int t = 0; t < taps; t++)
        for (int o = 0; o < OUTPUTS; o++) sum[t][o] = (Vector){0};
    for (Index place = 0; place < l->places; place += LANES) {
        Vector shifted[TAPS];
        for (int t = 0; t < taps; t++) shifted[t] = *(const Vector *)(input + offset[t] + place);
        for (int o = 0; o < outputs; o++) {
            Vector here = *(const Vector *)(upstream + o * l->pitch + place);
            for (int t = 0; t < taps; t++) sum[t][o] += here * shifted[t];
        }
    }
    for (int t = 0; t < taps; t++) {
        quad_floats total = totals(sum[t]);
        for (int o = 0; o < outputs; o++) gradient[o * from_output_to_output + t] += total[o];
    }
}

/* The gradients of the kernels of one segment, added to [width, width, taps]. */
static void kernel_gradient(const float *input, const float *upstream, const Layout *l, Index width,
                            const Index *offset, float *gradient) {
    const Index pitch = l->pitch, taps = l->taps;
    for (Index i = 0; i < width; i++)
        for (Index t = 0; t < taps; t += TAPS)
            for (Index o = 0; o < width; o += outputs_of(width - o)) {
                const float *plane = input + i * pitch, *above = upstream + o * pitch;
                float *to = gradient + (o * width + i) * taps + t;
#define CALL(outputs)                                                                                             \
    do {                                                                                                          \
        if (taps - t >= 3) kernel_tile(plane, offset + t, above, l, to, width * taps, outputs, 3);                \
        else if (taps - t == 2) kernel_tile(plane, offset + t, above, l, to, width * taps, outputs, 2);           \
        else kernel_tile(plane, offset + t, above, l, to, width * taps, outputs, 1);                              \
    } while (0)
                WITH_CONSTANT(outputs_of(width - o), CALL)
#undef CALL
            }
}

/* The kernels of a segment as a convolution reads them, [inputs, taps, outputs]; those that bring a gradient back have
 * inputs and outputs exchanged, and the taps in reverse. */
static void pack(const float *kernel, Index width, Index taps, int back, float *packed) {
    for (Index i = 0; i < width; i++)
        for (Index t = 0; t < taps; t++)
            for (Index o = 0; o < width; o++)
                *packed++ = back ? kernel[(i * width + o) * taps + taps - 1 - t] : kernel[(o * width + i) * taps + t];
}

/* The same of several segments, one after the other; where the kernels of the next segment begin. */
static const float *pack_all(const float *kernels, const int32_t *widths, Index count, Index taps, int back,
                             float *packed) {
    for (Index s = 0; s < count; s++) {
        const Index size = (Index)widths[s] * widths[s] * taps;
        pack(kernels, widths[s], taps, back, packed);
        kernels += size, packed += size;
    }
    return kernels;
}

/* How many of the segments come next, and their channels: about CHANNELS, at least one segment. */
static Index next_segments(const int32_t *widths, Index left, Index *channels) {
    Index count = 0;
    for (*channels = 0; count < left && (!count || *channels + widths[count] <= CHANNELS); count++)
        *channels += widths[count];
    return count;
}

static Index widest_part(const int32_t *widths, Index segments) {
    Index widest = 0, channels;
    for (Index s = 0; s < segments;) {
        s += next_segments(widths + s, segments - s, &channels);
        if (channels > widest) widest = channels;
    }
    return widest;
}

static Index kernel_size(const int32_t *widths, Index segments, Index taps) {
    Index size = 0;
    for (Index s = 0; s < segments; s++) size += (Index)widths[s] * widths[s] * taps;
    return size;
}

/* images [n, h, w, c] to output [n, h, w, c]. sizes: n, h, w, c, height and width of the kernels. */
int planes_forward(const int64_t *sizes, const int32_t *widths, int64_t segments, const void *images,
                   const float *kernels, void *output, int precision) {
    const Layout l = layout(sizes);
    const Index planes = widest_part(widths, segments) * l.pitch;
    float *input = floats(planes), *result = floats(planes), *packed = floats(kernel_size(widths, segments, l.taps));
    Index *offset = malloc(l.taps * sizeof *offset);
    int failed = !input || !result || !packed || !offset ? OUT_OF_MEMORY : 0;
    if (!failed) {
        offsets(&l, offset);
        for (Index s = 0, channel = 0, count, channels; s < segments; s += count, channel += channels) {
            count = next_segments(widths + s, segments - s, &channels);
            kernels = pack_all(kernels, widths + s, count, l.taps, 0, packed);
            for (Index first = 0; first < l.images; first += l.block) {
                Index here = l.images - first < l.block ? l.images - first : l.block, plane = l.margin;
                turn((void *)images, input, &l, first, here, channel, channels, 0, precision);
                const float *kernel = packed;
                for (Index k = s; k < s + count; plane += widths[k] * l.pitch, k++) {
                    convolve(input + plane, &l, widths[k], kernel, offset, result + plane);
                    kernel += (Index)widths[k] * widths[k] * l.taps;
                }
                turn(output, result, &l, first, here, channel, channels, 1, precision);
            }
        }
    }
    free(input), free(result), free(packed), free(offset);
    return failed;
}

/* The gradients of the images [n, h, w, c] and of the kernels; NULL for one that is not wanted. */
int planes_backward(const int64_t *sizes, const int32_t *widths, int64_t segments, const void *images,
                    const float *kernels, const void *upstream, void *image_gradient, float *kernel_gradients,
                    int precision) {
    const Layout l = layout(sizes);
    const Index planes = widest_part(widths, segments) * l.pitch, size = kernel_size(widths, segments, l.taps);
    float *input = floats(planes), *above = floats(planes), *result = floats(planes), *packed = floats(size);
    Index *offset = malloc(l.taps * sizeof *offset);
    int failed = !input || !above || !result || !packed || !offset ? OUT_OF_MEMORY : 0;
    if (!failed) {
        offsets(&l, offset);
        if (kernel_gradients) memset(kernel_gradients, 0, size * sizeof *kernel_gradients);
        for (Index s = 0, channel = 0, count, channels; s < segments; s += count, channel += channels) {
            count = next_segments(widths + s, segments - s, &channels);
            kernels = pack_all(kernels, widths + s, count, l.taps, 1, packed);
            for (Index first = 0; first < l.images; first += l.block) {
                Index here = l.images - first < l.block ? l.images - first : l.block, plane = l.margin;
                for (Index c = 0; here < l.block && c < channels; c++) /* of images that are not there, nothing */
                    memset(above + c * l.pitch + l.margin + here * l.image, 0, (l.block - here) * l.image * 4);
                turn((void *)upstream, above, &l, first, here, channel, channels, 0, precision);
                if (kernel_gradients) turn((void *)images, input, &l, first, here, channel, channels, 0, precision);
                const float *kernel = packed;
                float *gradient = kernel_gradients;
                for (Index k = s; k < s + count; plane += widths[k] * l.pitch, k++) {
                    Index own = (Index)widths[k] * widths[k] * l.taps;
                    if (image_gradient) convolve(above + plane, &l, widths[k], kernel, offset, result + plane);
                    if (kernel_gradients) kernel_gradient(input + plane, above + plane, &l, widths[k], offset, gradient);
                    kernel += own, gradient += kernel_gradients ? own : 0;
                }
                if (image_gradient) turn(image_gradient, result, &l, first, here, channel, channels, 1, precision);
            }
            if (kernel_gradients) kernel_gradients += kernel_size(widths + s, count, l.taps);
        }
    }
    free(input), free(above), free(result), free(packed), free(offset);
    return failed;
}
