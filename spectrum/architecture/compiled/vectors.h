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

#define TYPES(name, lanes)                       \
    typedef VECTOR(float, lanes) name##_floats;  \
    typedef VECTOR(uint32_t, lanes) name##_bits; \
    typedef VECTOR(uint16_t, lanes) name##_halves;

/* To bfloat16, rounded to the nearest even; NaN stays NaN. */
#define ROUNDING(name)                                                                       \
    INLINE name##_halves name##_rounded(name##_floats values) {                              \
        name##_bits bits = (name##_bits)values, nan = (name##_bits)(values != values);       \
        name##_bits rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;                      \
        bits = (nan & (bits >> 16 | 0x40)) | (~nan & rounded);                               \
        return __builtin_convertvector(bits, name##_halves);                                 \
    }

/* Reading and writing neighbouring values. */
#define LOAD_AND_STORE(name)                                                                                    \
    INLINE name##_floats name##_load(const void *from, Index at, int precision) {                               \
        if (precision == FP32) return *(const name##_floats *)((const float *)from + at);                       \
        name##_halves halves = *(const name##_halves *)((const uint16_t *)from + at);                           \
        name##_bits bits = __builtin_convertvector(halves, name##_bits) << 16;                                  \
        return (name##_floats)bits;                                                                             \
    }                                                                                                           \
    INLINE void name##_store(void *to, Index at, name##_floats values, int precision) {                         \
        if (precision == FP32) *(name##_floats *)((float *)to + at) = values;                                   \
        else *(name##_halves *)((uint16_t *)to + at) = name##_rounded(values);                                  \
    }

TYPES(vector, LANES)
TYPES(quad, 4)
TYPES(single, 1)

#ifdef __AVX512BF16__
INLINE vector_halves vector_rounded(vector_floats values) { /* in one instruction; what is denormal becomes zero */
    return (vector_halves)_mm512_cvtneps_pbh((__m512)values);
}
#else
ROUNDING(vector)
#endif
ROUNDING(quad)
ROUNDING(single)

LOAD_AND_STORE(vector)
LOAD_AND_STORE(quad)
LOAD_AND_STORE(single)

/* Zeroed memory for so many floats, aligned to a cache line; NULL where there is none. */
INLINE float *floats(Index count) {
    size_t bytes = ((size_t)count * sizeof(float) + 63) / 64 * 64;
    float *space = aligned_alloc(64, bytes);
    if (space) memset(space, 0, bytes);
    return space;
}

#endif
