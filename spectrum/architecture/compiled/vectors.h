/* Vectors of floats, read from and written to images in fp32 or in bfloat16. LANES is set by the build. */

#ifndef SPECTRUM_VECTORS_H
#define SPECTRUM_VECTORS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#define VECTOR(type, lanes) \
    type __attribute__((vector_size((lanes) * sizeof(type)), aligned(sizeof(type)), may_alias))

typedef ptrdiff_t Index;
typedef VECTOR(float, LANES) Vector;

enum { FP32 = 0, BF16 = 1, OUT_OF_MEMORY = 1, NOT_COVERED = 2 };

typedef VECTOR(uint32_t, LANES) vector_bits;
typedef VECTOR(uint16_t, LANES) vector_halves;

INLINE Index least(Index one, Index other) { return one < other ? one : other; }
INLINE Index most(Index one, Index other) { return one > other ? one : other; }

/* To bfloat16, rounded to the nearest even; NaN stays NaN. */
INLINE vector_halves vector_rounded(Vector values) {
#ifdef __AVX512BF16__
    return (vector_halves)_mm512_cvtneps_pbh((__m512)values); /* what is denormal becomes zero */
#else
    vector_bits bits = (vector_bits)values, nan = (vector_bits)(values != values);
    vector_bits rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    bits = (nan & (bits >> 16 | 0x40)) | (~nan & rounded);
    return __builtin_convertvector(bits, vector_halves);
#endif
}

/* Reading and writing neighbouring values. */
INLINE Vector vector_load(const void *from, Index at, int precision) {
    if (precision == FP32) return *(const Vector *)((const float *)from + at);
    vector_halves halves = *(const vector_halves *)((const uint16_t *)from + at);
    return (Vector)(__builtin_convertvector(halves, vector_bits) << 16);
}

INLINE void vector_store(void *to, Index at, Vector values, int precision) {
    if (precision == FP32) *(Vector *)((float *)to + at) = values;
    else *(vector_halves *)((uint16_t *)to + at) = vector_rounded(values);
}

/* Zeroed memory for so many floats, aligned to a cache line; NULL where there is none. */
INLINE float *floats(Index count) {
    size_t bytes = ((size_t)count * sizeof(float) + 63) / 64 * 64;
    float *space = aligned_alloc(64, bytes);
    if (space) memset(space, 0, bytes);
    return space;
}

#endif
