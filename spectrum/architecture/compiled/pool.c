/* Max pooling over square windows, forward and backward, with PyTorch's numbers.
 *
 * Images are pixels of channels [n, h, w, c]. A byte for each output, its place, says which tap of its window it came
 * from; the way back gathers, for each pixel, the gradients of the windows whose place it is. Vectors run over the
 * channels, the last one over some that the one before has done; one that is wider than a pixel runs on into the next,
 * which is written later.
 *
 * bfloat16 is computed in fp32, twice as many channels at a time: every other one is shifted up into one vector, and
 * the rest, with the low bits cleared, are another. */

#include <immintrin.h>
#include <math.h>

#include "vectors.h"

typedef struct { /* rows and columns of the output */
    int64_t count, height, width, channels, window, stride, top, left, rows, columns;
} Pool;

typedef struct { Index from, to; } Range;

typedef VECTOR(int32_t, LANES) Ints;
typedef VECTOR(int16_t, LANES) Shorts;
typedef VECTOR(int8_t, LANES) Bytes;
typedef VECTOR(int16_t, 2 * LANES) WideShorts;
typedef VECTOR(int8_t, 2 * LANES) WideBytes;

#define PARTS (precision == BF16 ? 2 : 1)
#define SPAN (PARTS * LANES)
#define SIZE (precision == BF16 ? sizeof(uint16_t) : sizeof(float))

/* Taps of an output's window that are inside the image, along one side. */
INLINE Range taps_inside(Index output, Index stride, Index before, Index window, Index side) {
    const Index start = output * stride - before;
    return (Range){most(0, -start), least(window, side - start)};
}

/* Outputs whose windows a pixel is in, along one side. */
INLINE Range windows_over(Index pixel, Index stride, Index before, Index window, Index outputs) {
    const size_t place = pixel + before; /* without a sign the division by a stride of 2 is a shift */
    return (Range){place < (size_t)window ? 0 : (place - window) / stride + 1, least(outputs, place / stride + 1)};
}

static __attribute__((noinline)) const void *copied(const void *from, void *to, Index bytes) {
    return memcpy(to, from, bytes);
}

/* Where to read values that may end, at `count`, before the vector does. */
INLINE const void *readable(const void *values, Index at, Index count, size_t size, void *space, const int checked,
                            const int precision) {
    const char *from = (const char *)values + at * size;
    return checked && at + SPAN > count ? copied(from, space, (count - at) * size) : from;
}

INLINE void put(const void *values, void *to, Index at, Index count, size_t size, const int checked, const int precision) {
    char *here = (char *)to + at * size;
    if (checked && at + SPAN > count)
        copied(values, here, (count - at) * size);
    else
        memcpy(here, values, SPAN * size);
}

INLINE void split(vector_bits bits, Vector parts[2], const int precision) {
    parts[0] = precision == BF16 ? (Vector)(bits << 16) : (Vector)bits;
    parts[1] = (Vector)(bits & 0xffff0000);
}

INLINE vector_bits joined(const Vector parts[2], const int precision) {
    if (precision == BF16) return (vector_bits)parts[0] >> 16 | (vector_bits)parts[1];
    return (vector_bits)parts[0];
}

#if LANES == 16
INLINE Vector larger(Vector value, Vector best) { return _mm512_max_ps(value, best); }
INLINE Ints larger_place(Vector value, Vector best, Ints tap, Ints place) {
    return (Ints)_mm512_mask_mov_epi32((__m512i)place, _mm512_cmp_ps_mask(value, best, _CMP_NLE_UQ), (__m512i)tap);
}
INLINE int any_nan(Vector values) { return _mm512_cmp_ps_mask(values, values, _CMP_UNORD_Q); }
INLINE vector_bits ints_where(vector_bits values, const void *bytes, int byte) {
    const __mmask16 here = _mm_cmpeq_epi8_mask(_mm_loadu_si128(bytes), _mm_set1_epi8((char)byte));
    return (vector_bits)_mm512_maskz_mov_epi32(here, (__m512i)values);
}
INLINE vector_bits shorts_where(vector_bits values, const void *bytes, int byte) {
    const __mmask32 here = _mm256_cmpeq_epi8_mask(_mm256_loadu_si256(bytes), _mm256_set1_epi8((char)byte));
    return (vector_bits)_mm512_maskz_mov_epi16(here, (__m512i)values);
}
#else
INLINE Vector larger(Vector value, Vector best) { return _mm256_max_ps(value, best); }
INLINE Ints larger_place(Vector value, Vector best, Ints tap, Ints place) {
    const Ints better = (Ints)_mm256_cmp_ps(value, best, _CMP_NLE_UQ);
    return (Ints)_mm256_max_epi32((__m256i)place, (__m256i)(better & tap)); /* taps ascend */
}
INLINE int any_nan(Vector values) { return _mm256_movemask_ps(_mm256_cmp_ps(values, values, _CMP_UNORD_Q)); }
INLINE vector_bits ints_where(vector_bits values, const void *bytes, int byte) {
    const __m128i here = _mm_cmpeq_epi8(_mm_loadl_epi64(bytes), _mm_set1_epi8((char)byte));
    return values & (vector_bits)_mm256_cvtepi8_epi32(here);
}
INLINE vector_bits shorts_where(vector_bits values, const void *bytes, int byte) {
    const __m128i here = _mm_cmpeq_epi8(_mm_loadu_si128(bytes), _mm_set1_epi8((char)byte));
    return values & (vector_bits)_mm256_cvtepi8_epi16(here);
}
#endif

INLINE Ints chosen(Ints which, Ints one, Ints other) { return (which & one) | (~which & other); }

typedef struct { Vector best[2], sum[2]; Ints place[2]; } Found;

/* The greatest values and their taps: of equal ones the first, and the last of NaN, which is greater than any. Without
 * care, which is faster, NaN may be lost, but not from the sum of all values. */
INLINE Found find(const Pool *p, const void *images, Index corner, Range down, Range across, const Index window,
                  const int careful, const int checked, const int precision) {
    const Index pitch = p->width * p->channels, count = p->count * p->height * pitch;
    Found found;
    for (int i = 0; i < PARTS; i++) {
        found.best[i] = (Vector){0} - INFINITY, found.sum[i] = (Vector){0};
        found.place[i] = (Ints){0} + (int32_t)(down.from * window + across.from);
    }
    for (Index y = down.from; y < down.to; y++)
        for (Index x = across.from; x < across.to; x++) {
            const Ints tap = (Ints){0} + (int32_t)(y * window + x);
            const Index at = corner + y * pitch + x * p->channels;
            vector_bits space;
            const vector_bits *bits = readable(images, at, count, SIZE, &space, checked, precision);
            Vector values[2];
            split(*bits, values, precision);
            for (int i = 0; i < PARTS; i++) {
                const Vector value = values[i], best = found.best[i];
                if (careful) {
                    const Ints better = (value > best) | (value != value);
                    found.best[i] = (Vector)chosen(better, (Ints)value, (Ints)best);
                    found.place[i] = chosen(better, tap, found.place[i]);
                } else {
                    found.best[i] = larger(value, best);
                    found.place[i] = larger_place(value, best, tap, found.place[i]);
                    found.sum[i] += value;
                }
            }
        }
    return found;
}

INLINE int loses_nan(const Found *found, const int precision) {
    Vector sum = found->sum[0];
    if (precision == BF16) sum += found->sum[1];
    return any_nan(sum);
}

static __attribute__((noinline)) void find_carefully(const Pool *p, const void *images, Index corner, Range down,
                                                     Range across, int precision, Found *found) {
    *found = find(p, images, corner, down, across, p->window, 1, 1, precision);
}

INLINE void put_places(const Found *found, uint8_t *to, Index at, Index count, const int checked, const int precision) {
    WideBytes bytes;
    if (precision == BF16)
        bytes = __builtin_convertvector((WideShorts)(found->place[0] | found->place[1] << 16), WideBytes);
    else
        *(Bytes *)&bytes = __builtin_convertvector(__builtin_convertvector(found->place[0], Shorts), Bytes);
    put(&bytes, to, at, count, 1, checked, precision);
}

/* Fetches what the next row of outputs reads; the processor by itself would do it too late. */
INLINE void fetch_ahead(const Pool *p, const void *images, Index corner, const Index stride, const int precision) {
    for (Index y = 0; y < stride; y++)
        for (Index x = 0; x < stride; x++)
            __builtin_prefetch((const char *)images + (corner + (y * p->width + x) * p->channels) * SIZE);
}

INLINE void forward(const Pool *p, Index first, Index end, const void *images, void *output, uint8_t *places,
                    const Index window, const Index stride, const int checked, const int precision) {
    const Index channels = p->channels, each = p->rows * p->columns * channels, outputs = p->count * each;
    const Range whole = {0, window};
    Index to = first * each;
    for (Index n = first; n < end; n++)
        for (Index row = 0; row < p->rows; row++) {
            const Range down = taps_inside(row, stride, p->top, window, p->height);
            const Index start = (n * p->height + row * stride - p->top) * p->width - p->left;
            for (Index column = 0; column < p->columns; column++, to += channels) {
                const Range across = taps_inside(column, stride, p->left, window, p->width);
                const int inside = down.to - down.from == window && across.to - across.from == window;
                for (Index j = 0; j < channels; j += SPAN) {
                    const Index c = most(0, least(j, channels - SPAN));
                    const Index corner = (start + column * stride) * channels + c;
                    fetch_ahead(p, images, corner + window * p->width * channels, stride, precision);
                    Found found = inside ? find(p, images, corner, whole, whole, window, 0, checked, precision)
                                         : find(p, images, corner, down, across, window, 0, checked, precision);
                    if (loses_nan(&found, precision))
                        find_carefully(p, images, corner, down, across, precision, &found);
                    const vector_bits best = joined(found.best, precision);
                    put(&best, output, to + c, outputs, SIZE, checked, precision);
                    if (places) put_places(&found, places, to + c, outputs, checked, precision);
                }
            }
        }
}

/* The upstream gradients of a window, zero where its place is another. */
INLINE vector_bits gradient_at(const void *upstream, const uint8_t *places, Index at, Index count, int place,
                               const int checked, const int precision) {
    vector_bits space, bytes;
    const vector_bits above = *(const vector_bits *)readable(upstream, at, count, SIZE, &space, checked, precision);
    const void *here = readable(places, at, count, 1, &bytes, checked, precision);
    return precision == BF16 ? shorts_where(above, here, place) : ints_where(above, here, place);
}

/* To bfloat16, in the high bits; NaN stays, for its low bits are zero. */
INLINE Vector rounded(Vector values) {
    const vector_bits bits = (vector_bits)values;
    return (Vector)((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
}

/* The gradient of a pixel that is in so many windows, of which `at` and `place` are the first's; every sum of two is
 * rounded, as PyTorch does it. */
INLINE void gather(const Pool *p, const void *upstream, const uint8_t *places, void *gradient, Index at, Index place,
                   Index to, const Index rows, const Index columns, const Index window, const Index stride,
                   const int checked, const int precision) {
    const Index channels = p->channels, pitch = p->columns * channels;
    const Index inputs = p->count * p->height * p->width * channels, outputs = p->count * p->rows * pitch;
    for (Index j = 0; j < channels; j += SPAN) {
        const Index c = most(0, least(j, channels - SPAN));
        Vector sum[2] = {{0}, {0}};
        __builtin_prefetch((char *)gradient + (to + c + p->width * channels) * SIZE, 1);
        __builtin_prefetch((const char *)upstream + (at + c + pitch) * SIZE);
        __builtin_prefetch(places + at + c + pitch);
        for (Index y = 0; y < rows; y++)
            for (Index x = 0; x < columns; x++) {
                Vector above[2];
                split(gradient_at(upstream, places, at + y * pitch + x * channels + c, outputs,
                                  (int)(place - (y * window + x) * stride), checked, precision),
                      above, precision);
                for (int i = 0; i < PARTS; i++) {
                    sum[i] += above[i];
                    if (precision == BF16 && y + x) sum[i] = rounded(sum[i]);
                }
            }
        const vector_bits bits = joined(sum, precision);
        put(&bits, gradient, to + c, inputs, SIZE, checked, precision);
    }
}

INLINE void backward(const Pool *p, Index first, Index end, const void *upstream, const uint8_t *places, void *gradient,
                     const Index window, const Index stride, const int checked, const int precision) {
    Index to = first * p->height * p->width * p->channels;
    for (Index n = first; n < end; n++)
        for (Index y = 0; y < p->height; y++) {
            const Range down = windows_over(y, stride, p->top, window, p->rows);
            const Index rows = down.to - down.from, start = (n * p->rows + down.from) * p->columns;
            for (Index x = 0; x < p->width; x++, to += p->channels) {
                const Range across = windows_over(x, stride, p->left, window, p->columns);
                const Index columns = across.to - across.from, at = (start + across.from) * p->channels;
                const Index place = (y + p->top - down.from * stride) * window + x + p->left - across.from * stride;
#define GATHER(rows, columns) \
    gather(p, upstream, places, gradient, at, place, to, rows, columns, window, stride, checked, precision)
                if (rows == 1 && columns == 1) GATHER(1, 1);
                else if (rows == 1 && columns == 2) GATHER(1, 2);
                else if (rows == 2 && columns == 1) GATHER(2, 1);
                else if (rows == 2 && columns == 2) GATHER(2, 2);
                else GATHER(rows, columns);
            }
        }
}

/* How many images are so far from the ends of the arrays that no vector runs on beyond them. */
INLINE Index safe_images(const Pool *p, const int precision) {
    const Index values = least(p->height * p->width, p->rows * p->columns) * p->channels;
    return p->channels < SPAN ? most(0, p->count - (SPAN + values - 1) / values) : p->count;
}

#define BY_WINDOW(function, precision, ...)                                                          \
    do {                                                                                             \
        const Index safe = safe_images(p, precision);                                                \
        if (p->window == 3 && p->stride == 2)                                                        \
            function(p, 0, safe, __VA_ARGS__, 3, 2, 0, precision);                                   \
        else if (p->window == 2 && p->stride == 2)                                                   \
            function(p, 0, safe, __VA_ARGS__, 2, 2, 0, precision);                                   \
        else                                                                                         \
            function(p, 0, safe, __VA_ARGS__, p->window, p->stride, 0, precision);                   \
        function(p, safe, p->count, __VA_ARGS__, p->window, p->stride, 1, precision);                \
    } while (0)

#define BY_KIND(function, ...)                                                                       \
    const Pool *p = (const Pool *)sizes;                                                             \
    if (precision == FP32)                                                                           \
        BY_WINDOW(function, FP32, __VA_ARGS__);                                                      \
    else                                                                                             \
        BY_WINDOW(function, BF16, __VA_ARGS__);                                                      \
    return 0;

/* The sizes are those of a Pool. Where places is NULL none are kept. */
int pool_forward(const int64_t *sizes, const void *images, void *output, uint8_t *places, int precision) {
    BY_KIND(forward, images, output, places)
}

int pool_backward(const int64_t *sizes, const void *upstream, const uint8_t *places, void *gradient, int precision) {
    BY_KIND(backward, upstream, places, gradient)
}
