/* Images as places, which a convolution on tiles reads.
 *
 * Images are [n, h, w, c] in memory. A few of them at a time, and the channels of a few segments, are copied to places:
 * one line of channels for each pixel, with places of zeros at the end of each row of pixels and after each image. Every
 * tap of a kernel is then a fixed offset. A line never crosses the lines of the cache: that costs six times the time. */

#ifndef SPECTRUM_PLACES_H
#define SPECTRUM_PLACES_H

#include <immintrin.h>

#include "vectors.h"

enum {
    SIDE = 16,       /* rows and columns of a tile of sums */
    DEPTH = 32,      /* values that one product of tiles sums up at most */
    STEP = 4 * SIDE, /* places at a time: a few tiles of sums, so that none waits for itself */
    PLACES = 512     /* about so many places in a block: they stay in the first cache */
};

typedef uint16_t Half; /* a number in bfloat16 */

typedef struct {
    Index images, height, width; /* of the images */
    Index kernel_width, taps;
    Index row, image; /* places from one row of pixels to the next, and from one image to the next */
    Index block;      /* images at a time */
    Index places;     /* of a block, in whole steps */
    Index margin;     /* places before the first one and after the last */
} Layout;

static Index whole(Index count, Index unit) {
    return (count + unit - 1) / unit * unit;
}

static Layout layout(const int64_t *sizes) {
    const Index down = sizes[3] / 2, across = sizes[4] / 2;
    Layout l = {.images = sizes[0], .height = sizes[1], .width = sizes[2]};
    l.kernel_width = sizes[4], l.taps = sizes[3] * sizes[4];
    l.row = l.width + across, l.image = (l.height + down) * l.row;
    l.block = least(most(1, PLACES / l.image), l.images);
    l.places = whole(l.block * l.image, STEP);
    l.margin = down * l.row + across;
    return l;
}

/* Places of a block with its margins. */
static Index reach(const Layout *l) {
    return l->places + 2 * l->margin;
}

/* Where a tap lies, from the first place of the margin before a place. */
INLINE Index offset(const Layout *l, Index tap) {
    return tap / l->kernel_width * l->row + tap % l->kernel_width;
}

/* Values of a line for so many channels: a half of a line of the cache, or whole ones. */
static Index line_of(Index channels) {
    return channels <= SIDE ? SIDE : whole(channels, DEPTH);
}

INLINE __mmask32 first_of(Index channels) {
    return channels < DEPTH ? ((uint32_t)1 << channels) - 1 : 0xffffffff;
}

/* Some channels of a row of pixels to lines. */
INLINE void fill_row(const Half *from, Index all, Index channels, Index pixels, Half *to, const Index line) {
    for (Index c = 0; c < line; c += DEPTH) {
        const __mmask32 mask = c < channels ? first_of(channels - c) : 0;
        for (Index x = 0; x < pixels; x++) {
            const Half *values = from + x * all + c;
            if (line == SIDE) _mm256_storeu_si256((void *)(to + x * line), _mm256_maskz_loadu_epi16(mask, values));
            else _mm512_storeu_si512(to + x * line + c, _mm512_maskz_loadu_epi16(mask, values));
        }
    }
}

/* Some of `all` channels of the images of a block to places; where there are fewer images, the rest becomes zero. */
static void fill(const Half *images, Index all, Index channels, const Layout *l, Index here, Half *places, Index line) {
    for (Index image = 0; image < here; image++)
        for (Index y = 0; y < l->height; y++) {
            const Half *from = images + (image * l->height + y) * l->width * all;
            Half *to = places + (l->margin + image * l->image + y * l->row) * line;
            if (line == SIDE) fill_row(from, all, channels, l->width, to, SIDE);
            else fill_row(from, all, channels, l->width, to, line);
        }
    const Index used = (l->margin + here * l->image) * line, left = (l->block - here) * l->image * line;
    memset(places + used, 0, left * sizeof *places);
}

/* Which pixel of a block each place is, or -1. */
static void number(const Layout *l, Index here, int32_t *pixels) {
    for (Index place = 0; place < l->places; place++) {
        const Index image = place / l->image, y = place % l->image / l->row, x = place % l->image % l->row;
        const int pixel = image < here && y < l->height && x < l->width;
        pixels[place] = pixel ? (int32_t)((image * l->height + y) * l->width + x) : -1;
    }
}

/* Sixteen channels of a place, each in the lower half of 32 bits. */
INLINE __m512i widened(const Half *place) {
    return _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)place));
}

/* Each place and the next one, side by side for each channel: [channels / 16, count, 16, 2]. */
static void pair(const Half *places, Index count, Index line, Index channels, Half *pairs) {
    for (Index c = 0; c < channels; c += SIDE) {
        __m512i here = widened(places + c);
        for (Index place = 0; place < count; place++, pairs += 2 * SIDE) {
            const __m512i next = widened(places + (place + 1) * line + c);
            _mm512_storeu_si512(pairs, _mm512_or_si512(here, _mm512_slli_epi32(next, 16)));
            here = next;
        }
    }
}

INLINE void transpose(__m512i rows[SIDE]) {
    const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
#pragma GCC unroll 4
    for (int s = 1; s < SIDE; s *= 2) {
        const __mmask16 high = s == 1 ? 0xaaaa : s == 2 ? 0xcccc : s == 4 ? 0xf0f0 : 0xff00;
        const __m512i apart = _mm512_set1_epi32(s), other = _mm512_set1_epi32(SIDE);
        const __m512i upper = _mm512_mask_add_epi32(lanes, high, _mm512_sub_epi32(lanes, apart), other);
        const __m512i lower = _mm512_mask_add_epi32(_mm512_add_epi32(lanes, apart), high, lanes, other);
#pragma GCC unroll 16
        for (int i = 0; i < SIDE; i++)
            if (!(i & s)) {
                const __m512i a = rows[i], b = rows[i + s];
                rows[i] = _mm512_permutex2var_epi32(a, upper, b);
                rows[i + s] = _mm512_permutex2var_epi32(a, lower, b);
            }
    }
}

/* Places [count, line] to planes [channels, pitch]. */
static void turn(const Half *places, Index count, Index line, Index channels, Half *planes, Index pitch) {
    for (Index c = 0; c < channels; c += SIDE)
        for (Index place = 0; place < count; place += DEPTH) {
            __m512i rows[SIDE];
#pragma GCC unroll 16
            for (int i = 0; i < SIDE; i++) {
                const Half *two = places + (place + 2 * i) * line + c;
                rows[i] = _mm512_or_si512(widened(two), _mm512_slli_epi32(widened(two + line), 16));
            }
            transpose(rows);
#pragma GCC unroll 16
            for (int i = 0; i < SIDE; i++) _mm512_storeu_si512(planes + (c + i) * pitch + place, rows[i]);
        }
}

#endif
