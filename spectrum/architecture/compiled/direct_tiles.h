/* The inner loops of direct.c: filling planes, and the sums over tiles of pixels. */

#ifndef SPECTRUM_DIRECT_TILES_H
#define SPECTRUM_DIRECT_TILES_H

#include <immintrin.h>

#include "direct_groups.h"
#include "vectors.h"

enum {
    TILE = 14,                    /* pixels whose sums are kept in registers */
    INPUTS = LANES >= 16 ? 2 : 1, /* at a time in the gradient of the kernels: as many as registers hold */
    PIXELS = 100                  /* about so many at a time: their planes stay in the first cache */
};

typedef struct {
    Index images, height, width, kernel_height, kernel_width, taps;
    Index columns; /* of a tile */
    Index lines;   /* of a tile: the same row of so many images */
    Index block;   /* images at a time, whole lines */
    Index row, image, plane; /* floats from one to the next */
    Index margin;            /* floats from the beginning of a plane to its first pixel, whose taps begin there */
} Layout;

INLINE Vector permuted(Vector values, Lanes lanes) {
#if LANES == 16
    return (Vector)_mm512_permutexvar_ps((__m512i)lanes, (__m512)values);
#else
    return (Vector)_mm256_permutevar8x32_ps((__m256)values, (__m256i)lanes);
#endif
}

#if LANES == 16
INLINE __mmask16 first_lanes(Index count) { return (__mmask16)((1u << count) - 1); }
#else
INLINE __m256i first_lanes(Index count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#endif

/* The first `count` values of a vector, fewer than LANES; zero in the other lanes. */
INLINE Vector part_load(const void *from, Index at, Index count, int precision) {
#if LANES == 16
    if (precision == FP32) return (Vector)_mm512_maskz_loadu_ps(first_lanes(count), (const float *)from + at);
    uint16_t halves[LANES];
    _mm256_storeu_si256((__m256i *)halves, _mm256_maskz_loadu_epi16(first_lanes(count), (const uint16_t *)from + at));
#else
    if (precision == FP32) return (Vector)_mm256_maskload_ps((const float *)from + at, first_lanes(count));
    uint16_t halves[LANES] = {0};
    memcpy(halves, (const uint16_t *)from + at, count * sizeof *halves);
#endif
    return (Vector)vector_load(halves, 0, BF16);
}

INLINE void part_store(void *to, Index at, Vector values, Index count, int precision) {
    uint16_t halves[LANES];
    if (precision == BF16) vector_store(halves, 0, values, BF16);
#if LANES == 16
    if (precision == FP32) _mm512_mask_storeu_ps((float *)to + at, first_lanes(count), (__m512)values);
    else _mm256_mask_storeu_epi16((uint16_t *)to + at, first_lanes(count), _mm256_loadu_si256((const __m256i *)halves));
#else
    if (precision == FP32) _mm256_maskstore_ps((float *)to + at, first_lanes(count), (__m256)values);
    else memcpy((uint16_t *)to + at, halves, count * sizeof *halves);
#endif
}

/* So many channels of `here` images, from the first of both on, to planes of LANES channels. */
INLINE void fill_planes(const Layout *l, const void *images, Index channels, Index channel, Index count, Index first,
                        Index here, float *planes, int precision) {
    for (Index c = 0; c < count; c += LANES, planes += l->plane)
        for (Index image = 0; image < here; image++)
            for (Index y = 0; y < l->height; y++) {
                Index at = ((first + image) * l->height + y) * l->width * channels + channel + c;
                Vector *to = (Vector *)(planes + l->margin + image * l->image + y * l->row);
                if (count - c >= LANES) {
                    for (Index x = 0; x < l->width; x++, at += channels)
                        *to++ = (Vector)vector_load(images, at, precision);
                } else {
                    for (Index x = 0; x < l->width; x++, at += channels)
                        *to++ = part_load(images, at, count - c, precision);
                }
            }
}

static void fill(const Layout *l, const void *images, Index channels, Index channel, Index count, Index first,
                 Index here, float *planes, int precision) {
    if (precision == FP32) fill_planes(l, images, channels, channel, count, first, here, planes, FP32);
    else fill_planes(l, images, channels, channel, count, first, here, planes, BF16);
}

/* An input of all lanes at a place of its plane: of one segment the same for all, of several each lane's own. */
INLINE Vector input(const float *place, const int several, Lanes pick) {
    if (several) return permuted(*(const Vector *)place, pick);
    return *place - (Vector){0};
}

/* Where input j begins in the planes. */
INLINE Index input_at(const Layout *l, Index j, int several) {
    return several ? 0 : j / LANES * l->plane + j % LANES;
}

/* What is summed for each output, one after the other: neighbouring taps of one input. */
typedef struct {
    Index place;  /* in the planes, from the first tap of the first input on */
    Index kernel; /* number of the first of these taps */
    Index input;
} Step;

/* All steps: those of three taps, and those of one, so many for each input. */
typedef struct {
    Step *triples, *singles;
    Index triples_each, singles_each;
} Steps;

/* Adds `taps` neighbouring taps of one input to the sums of a tile: each pixel is read once for all of them. */
INLINE void add_taps(Vector *sum, const float *place, const float *weights, Index image, const int several,
                     Lanes pick, const int columns, const int lines, const int taps) {
    Vector weight[3];
#pragma GCC unroll 4
    for (int t = 0; t < taps; t++) weight[t] = *(const Vector *)(weights + t * LANES);
#pragma GCC unroll 16
    for (int line = 0; line < lines; line++, place += image)
#pragma GCC unroll 16
        for (int x = 0; x < columns + taps - 1; x++) {
            Vector value = input(place + x * LANES, several, pick);
#pragma GCC unroll 4
            for (int t = 0; t < taps; t++)
                if (x - t >= 0 && x - t < columns) sum[line * columns + x - t] += value * weight[t];
        }
}

/* The sums over all steps of so many inputs for a tile of pixels. */
INLINE void sum_tile(const float *planes, const Steps *steps, Index depth, const Lanes *pick, const float *weights,
                     float *result, Index image, const int several, const int columns) {
    const int lines = TILE / columns;
    const Step *triples = steps->triples, *singles = steps->singles;
    Vector sum[TILE];
#pragma GCC unroll 16
    for (int i = 0; i < lines * columns; i++) sum[i] = (Vector){0};
    for (const Step *step = triples; step < triples + depth * steps->triples_each; step++)
        add_taps(sum, planes + step->place, weights + step->kernel * LANES, image, several, pick[step->input], columns,
                 lines, 3);
    for (const Step *step = singles; step < singles + depth * steps->singles_each; step++)
        add_taps(sum, planes + step->place, weights + step->kernel * LANES, image, several, pick[step->input], columns,
                 lines, 1);
#pragma GCC unroll 16
    for (int i = 0; i < lines * columns; i++) *(Vector *)(result + i * LANES) = sum[i];
}

typedef void SumTile(const float *, const Steps *, Index, const Lanes *, const float *, float *, Index);

#define TILES_OF(name, several, columns)                                                                      \
    static void name##_##columns(const float *planes, const Steps *steps, Index depth, const Lanes *pick,     \
                                 const float *weights, float *result, Index image) {                          \
        sum_tile(planes, steps, depth, pick, weights, result, image, several, columns);                       \
    }
#define TILES(columns) TILES_OF(one, 0, columns) TILES_OF(several, 1, columns)

TILES(1)
TILES(2)
TILES(3)
TILES(4)
TILES(5)
TILES(6)
TILES(7)
TILES(8)
TILES(9)
TILES(10)
TILES(11)
TILES(12)
TILES(13)
TILES(14)

#define OF_EACH_WIDTH(name)                                                                                           \
    {name##_1, name##_2, name##_3, name##_4, name##_5, name##_6, name##_7, name##_8, name##_9, name##_10, name##_11, \
     name##_12, name##_13, name##_14}
static SumTile *const SUM_TILES[2][TILE] = {OF_EACH_WIDTH(one), OF_EACH_WIDTH(several)};

/* Adds to the gradients of `down` x `across` taps, `first` to `last` of each row, what one column of pixels brings. */
INLINE void add_column(Vector *sum, const float *from, const float *above, Index row, const int several,
                       const Lanes *pick, const int inputs, const int down, const int across, const int first,
                       const int last) {
    Vector upstream[3];
#pragma GCC unroll 4
    for (int k = first; k <= last; k++) upstream[k] = *(const Vector *)(above - k * LANES);
#pragma GCC unroll 2
    for (int j = 0; j < inputs; j++)
#pragma GCC unroll 4
        for (int i = 0; i < down; i++) {
            Vector value = input(from + i * row + (several ? 0 : j), several, pick[j]);
#pragma GCC unroll 4
            for (int k = first; k <= last; k++) sum[(j * down + i) * across + k] += value * upstream[k];
        }
}

#define COLUMN(x, first, last) \
    add_column(sum, from + (x) * LANES, above + (x) * LANES, row, several, pick, inputs, down, across, first, last)

/* The gradients of `down` x `across` taps of a few inputs, over a few images, added to `total`. */
INLINE void gradient_tile(const Layout *l, const float *place, const float *upstream, Index here, float *total,
                          const int several, const Lanes *pick, const int inputs, const int down,
                          const int across) {
    const Index row = l->row, width = l->width;
    Vector sum[9 * INPUTS];
#pragma GCC unroll 32
    for (int i = 0; i < inputs * down * across; i++) sum[i] = (Vector){0};
    for (Index image = 0; image < here; image++, place += l->image, upstream += l->image)
        for (Index y = 0; y < l->height; y++) {
            const float *from = place + y * row, *above = upstream + y * row;
            if (across == 1 || width == 1) {
                for (Index x = 0; x < width; x++) COLUMN(x, 0, 0);
                if (across > 1) COLUMN(1, 1, 1);
                if (across > 2) COLUMN(2, 2, 2);
                continue;
            }
            COLUMN(0, 0, 0);
            if (across > 2) COLUMN(1, 0, 1);
            for (Index x = across - 1; x < width; x++) COLUMN(x, 0, across - 1);
            if (across > 2) COLUMN(width, 1, 2);
            COLUMN(width + across - 2, across - 1, across - 1);
        }
#pragma GCC unroll 2
    for (int j = 0; j < inputs; j++, total += l->taps * LANES)
#pragma GCC unroll 4
        for (int i = 0; i < down; i++)
#pragma GCC unroll 4
            for (int k = 0; k < across; k++)
                *(Vector *)(total + (i * l->kernel_width + k) * LANES) += sum[(j * down + i) * across + k];
}

#define OF_TAPS(down, across) gradient_tile(l, place, upstream, here, total, several, pick, inputs, down, across)

/* The same, of up to three by three taps. */
INLINE void gradient_taps(const Layout *l, const float *place, const float *upstream, Index here, float *total,
                          const int several, const Lanes *pick, const int inputs, Index down, Index across) {
    if (down >= 3 && across >= 3) OF_TAPS(3, 3);
    else if (down >= 3) across == 2 ? OF_TAPS(3, 2) : OF_TAPS(3, 1);
    else if (down == 2) across >= 3 ? OF_TAPS(2, 3) : across == 2 ? OF_TAPS(2, 2) : OF_TAPS(2, 1);
    else across >= 3 ? OF_TAPS(1, 3) : across == 2 ? OF_TAPS(1, 2) : OF_TAPS(1, 1);
}

/* The gradients of all taps of `inputs` neighbouring inputs, from `place` on. */
INLINE void gradients_of(const Layout *l, const float *place, const float *upstream, Index here, float *total,
                         const int several, const Lanes *pick, const int inputs) {
    for (Index y = 0; y < l->kernel_height; y += 3)
        for (Index x = 0; x < l->kernel_width; x += 3)
            gradient_taps(l, place + y * l->row + x * LANES, upstream, here, total + (y * l->kernel_width + x) * LANES,
                          several, pick, inputs, l->kernel_height - y, l->kernel_width - x);
}

/* Those of all inputs, as many at a time as there are registers for. */
INLINE void all_gradients(const Layout *l, const float *planes, const float *upstream, Index here, float *totals,
                          const int several, const Lanes *pick, Index depth) {
    for (Index j = 0; j < depth; j += INPUTS, totals += INPUTS * l->taps * LANES) {
        const float *place = planes + input_at(l, j, several);
        const Lanes *picks = several ? pick + j : pick;
        if (j + INPUTS <= depth) gradients_of(l, place, upstream, here, totals, several, picks, INPUTS);
        else gradients_of(l, place, upstream, here, totals, several, picks, 1);
    }
}

#endif
