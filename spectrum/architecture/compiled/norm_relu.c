/* Batch norm in training mode, and a ReLU after it if wanted, forward and backward.
 *
 * Images are rows of channels [n * h * w, c]. `repeats` rows are taken as one, so that its length is a whole number of
 * vectors however few channels there are. Means and variances come from blocks of rows that stay in registers, each by
 * two passes, put together in double precision. */

#include <math.h>

#include "vectors.h"

enum { BLOCK = LANES }; /* rows at a time, or one where fewer are left: half of the registers hold them */

static Index repeats_of(Index channels) {
    Index repeats = 1;
    while (repeats * channels % LANES) repeats *= 2;
    return repeats;
}

static void repeat(float *values, Index channels, Index repeats) {
    for (Index i = 1; i < repeats; i++) memcpy(values + i * channels, values, channels * sizeof *values);
}

INLINE Vector at(const float *values, Index i) {
    return *(const Vector *)(values + i);
}

/* What a ReLU lets through: `values` where `sums` are positive, or NaN as what comes of NaN is. */
INLINE Vector where_positive(Vector values, Vector sums) {
    return (Vector)((vector_bits)values & ~(vector_bits)(sums <= 0));
}

/* The mean of a few rows, and the sum of the squared deviations from it. */
INLINE void deviations(const void *images, Index at, Index width, const Index rows, int precision, Vector *mean,
                       Vector *square) {
    Vector values[BLOCK];
    *mean = *square = (Vector){0};
#pragma GCC unroll 16
    for (Index r = 0; r < rows; r++) *mean += values[r] = vector_load(images, at + r * width, precision);
    *mean *= 1.0f / rows;
#pragma GCC unroll 16
    for (Index r = 0; r < rows; r++) *square += (values[r] - *mean) * (values[r] - *mean);
}

INLINE int forward(const void *images, void *output, Index pixels, Index channels, const float *gain, const float *bias,
                   float *mean, float *inverse, float *running_mean, float *running_variance, float momentum,
                   float epsilon, const int relu, const int precision) {
    const Index repeats = repeats_of(channels), width = repeats * channels, rows = pixels / repeats;
    if (pixels % repeats || pixels < 2) return NOT_COVERED;
    float *space = floats(2 * width);
    double *sums = calloc(2 * width, sizeof *sums);
    if (!space || !sums) {
        free(space), free(sums);
        return OUT_OF_MEMORY;
    }
    float *first = space, *second = space + width; /* of a block: its means and squared deviations */
    double *means = sums, *squares = sums + width; /* of all blocks so far */
    for (Index row = 0, count; row < rows; row += count) {
        count = rows - row < BLOCK ? 1 : BLOCK;
        for (Index j = 0; j < width; j += LANES) {
            Vector mean_here, square;
            if (count == BLOCK) deviations(images, row * width + j, width, BLOCK, precision, &mean_here, &square);
            else deviations(images, row * width + j, width, 1, precision, &mean_here, &square);
            *(Vector *)(first + j) = mean_here, *(Vector *)(second + j) = square;
        }
        const double share = (double)count / (row + count);
        for (Index j = 0; j < width; j++) {
            const double apart = first[j] - means[j];
            means[j] += apart * share;
            squares[j] += second[j] + apart * apart * share * row;
        }
    }
    float *scale = first, *shift = second;
    for (Index c = 0; c < channels; c++) {
        double middle = 0, square = 0;
        for (Index i = 0; i < repeats; i++) middle += means[i * channels + c] / repeats;
        for (Index i = 0; i < repeats; i++) {
            const double apart = means[i * channels + c] - middle;
            square += squares[i * channels + c] + apart * apart * rows;
        }
        mean[c] = (float)middle;
        inverse[c] = (float)(1 / sqrt(square / pixels + epsilon));
        if (running_mean) {
            running_mean[c] += momentum * (mean[c] - running_mean[c]);
            running_variance[c] += momentum * ((float)(square / (pixels - 1)) - running_variance[c]);
        }
        scale[c] = gain[c] * inverse[c];
        shift[c] = bias[c] - mean[c] * scale[c];
    }
    repeat(scale, channels, repeats), repeat(shift, channels, repeats);
    for (Index row = 0; row < rows; row++)
        for (Index j = 0; j < width; j += LANES) {
            Vector sum = vector_load(images, row * width + j, precision) * at(scale, j) + at(shift, j);
            vector_store(output, row * width + j, relu ? where_positive(sum, sum) : sum, precision);
        }
    free(space), free(sums);
    return 0;
}

INLINE int backward(const void *images, const void *upstream, void *gradient, Index pixels, Index channels,
                    const float *gain, const float *bias, const float *mean, const float *inverse,
                    float *gain_gradient, float *bias_gradient, const int relu, const int precision) {
    const Index repeats = repeats_of(channels), width = repeats * channels, rows = pixels / repeats;
    if (pixels % repeats || pixels < 2) return NOT_COVERED;
    float *space = floats(5 * width);
    double *sums = calloc(2 * width, sizeof *sums);
    if (!space || !sums) {
        free(space), free(sums);
        return OUT_OF_MEMORY;
    }
    float *scale = space, *shift = scale + width, *middle = shift + width, *first = middle + width,
          *second = first + width;
    double *plain = sums, *weighted = sums + width; /* sums of the upstream gradient, and of it by the deviations */
    for (Index c = 0; c < channels; c++) {
        scale[c] = gain[c] * inverse[c];
        shift[c] = bias[c] - mean[c] * scale[c];
        middle[c] = mean[c];
    }
    repeat(scale, channels, repeats), repeat(shift, channels, repeats), repeat(middle, channels, repeats);
    for (Index row = 0; row < rows; row += BLOCK) {
        const Index count = rows - row < BLOCK ? rows - row : BLOCK;
        for (Index j = 0; j < width; j += LANES) {
            Vector sum = {0}, product = {0};
            for (Index r = 0; r < count; r++) {
                const Index here = (row + r) * width + j;
                Vector value = vector_load(images, here, precision), above = vector_load(upstream, here, precision);
                if (relu) above = where_positive(above, value * at(scale, j) + at(shift, j));
                sum += above;
                product += above * (value - at(middle, j));
            }
            *(Vector *)(first + j) = sum, *(Vector *)(second + j) = product;
        }
        for (Index j = 0; j < width; j++) plain[j] += first[j], weighted[j] += second[j];
    }
    float *slope = first, *level = second; /* of what is taken away, as a line over the images' values */
    for (Index c = 0; c < channels; c++) {
        double sum = 0, product = 0;
        for (Index i = 0; i < repeats; i++) sum += plain[i * channels + c], product += weighted[i * channels + c];
        bias_gradient[c] = (float)sum;
        gain_gradient[c] = (float)(product * inverse[c]);
        const double steep = -scale[c] * (product / pixels) * inverse[c] * inverse[c];
        slope[c] = (float)steep;
        level[c] = (float)(-scale[c] * (sum / pixels) - steep * mean[c]);
    }
    repeat(slope, channels, repeats), repeat(level, channels, repeats);
    for (Index row = 0; row < rows; row++)
        for (Index j = 0; j < width; j += LANES) {
            const Index here = row * width + j;
            Vector value = vector_load(images, here, precision), above = vector_load(upstream, here, precision);
            if (relu) above = where_positive(above, value * at(scale, j) + at(shift, j));
            vector_store(gradient, here, above * at(scale, j) + (value * at(slope, j) + at(level, j)), precision);
        }
    free(space), free(sums);
    return 0;
}

#define BY_KIND(function, ...)                                                   \
    if (precision == FP32 && relu) return function(__VA_ARGS__, 1, FP32);        \
    if (precision == FP32) return function(__VA_ARGS__, 0, FP32);                \
    if (relu) return function(__VA_ARGS__, 1, BF16);                             \
    return function(__VA_ARGS__, 0, BF16);

/* The mean and the inverse deviation of each channel are kept for the way back; running ones may be NULL. */
int norm_forward(const void *images, void *output, int64_t pixels, int64_t channels, const float *gain,
                 const float *bias, float *mean, float *inverse, float *running_mean, float *running_variance,
                 float momentum, float epsilon, int relu, int precision) {
    BY_KIND(forward, images, output, pixels, channels, gain, bias, mean, inverse, running_mean, running_variance,
            momentum, epsilon)
}

int norm_backward(const void *images, const void *upstream, void *gradient, int64_t pixels, int64_t channels,
                  const float *gain, const float *bias, const float *mean, const float *inverse, float *gain_gradient,
                  float *bias_gradient, int relu, int precision) {
    BY_KIND(backward, images, upstream, gradient, pixels, channels, gain, bias, mean, inverse, gain_gradient,
            bias_gradient)
}
