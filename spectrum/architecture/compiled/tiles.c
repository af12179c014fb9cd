/* A segmented convolution of stride 1, "same" padding and odd kernels in bfloat16, forward and backward, on the tiles of
 * AMX: products of matrices of 16 rows, 16 columns and up to 32 values in between, summed in fp32.
 *
 * Sixteen neighbouring places are the rows of a tile; see places.h. What is computed at the places of zeros is dropped.
 * Neighbouring segments of up to 16 channels together are computed as one, with zeros in the kernel between them.
 * Kernels are [outputs, inputs, taps] for each segment, one after the other. */

#include <sys/syscall.h>
#include <unistd.h>

#include "places.h"
#include "sharing.h"

enum { TAPS = 5 }; /* taps at a time, in the gradient of the kernels */

/* Some neighbouring segments, or one: where its channels begin, and how many there are. */
typedef struct {
    Index first, segments, input, inputs, output, outputs;
} Group;

typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes[16]; /* of a row of each tile */
    uint8_t rows[16];
} Tiles;

/* Tiles are whole, but 4 and 5 where they are factors of a line that is shorter. The compiler does not know what tiles
 * read: all that has been written before is in memory after this. */
static void configure(Index line) {
    Tiles tiles = {.palette = 1};
    for (int i = 0; i < 8; i++) tiles.bytes[i] = 64, tiles.rows[i] = SIDE;
    if (line < DEPTH) tiles.bytes[4] = line * sizeof(Half), tiles.rows[5] = line / 2;
    __asm__ volatile("ldtilecfg %0" ::"m"(tiles) : "memory");
}

/* The sums of 64 places for 16 outputs. `kernel` holds the factors of each tap. */
static void convolve_step(const Half *places, const Layout *l, const Index line, const Half *kernel, float *sums) {
    const Index bytes = line * sizeof(Half), tile = SIDE * line, depth = line < DEPTH ? line : DEPTH;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (Index t = 0; t < l->taps; t++)
        for (Index c = 0; c < line; c += depth, kernel += depth * SIDE) {
            const Half *from = places + offset(l, t) * line + c;
            _tile_loadd(5, kernel, 64);
            _tile_loadd(4, from, bytes);
            _tile_dpbf16ps(0, 4, 5);
            _tile_loadd(4, from + tile, bytes);
            _tile_dpbf16ps(1, 4, 5);
            _tile_loadd(4, from + 2 * tile, bytes);
            _tile_dpbf16ps(2, 4, 5);
            _tile_loadd(4, from + 3 * tile, bytes);
            _tile_dpbf16ps(3, 4, 5);
        }
    _tile_stored(0, sums, 64);
    _tile_stored(1, sums + SIDE * SIDE, 64);
    _tile_stored(2, sums + 2 * SIDE * SIDE, 64);
    _tile_stored(3, sums + 3 * SIDE * SIDE, 64);
}

/* The outputs of a group, for a block of images in places. */
static void convolve(const Half *places, const Layout *l, Index line, const Half *packed, const int32_t *pixels,
                     Half *output, Index all, Index outputs) {
    float sums[STEP * SIDE] __attribute__((aligned(64)));
    configure(line);
    for (Index place = 0; place < l->places; place += STEP)
        for (Index o = 0; o < outputs; o += SIDE) {
            const __mmask16 mask = first_of(outputs - o);
            convolve_step(places + place * line, l, line, packed + o * l->taps * line, sums);
            for (Index i = 0; i < STEP; i++)
                if (pixels[place + i] >= 0) {
                    const __m256i halves = (__m256i)_mm512_cvtneps_pbh(_mm512_load_ps(sums + i * SIDE));
                    _mm256_mask_storeu_epi16(output + pixels[place + i] * all + o, mask, halves);
                }
        }
}

INLINE Half half(float value) {
    return (Half)_mm_extract_epi16((__m128i)_mm_cvtneps_pbh(_mm_set_ss(value)), 0);
}

/* The kernels of a group as factors [outputs / 16, taps, line / 2, 16, 2]; where the next ones begin. Those that bring a
 * gradient back have inputs and outputs exchanged, and the taps in reverse. */
static const float *pack(const float *kernels, const int32_t *inputs, const int32_t *outputs, const Group *g, Index taps,
                         Index line, int back, Half *packed) {
    Index first_input = 0, first_output = 0;
    for (Index s = g->first; s < g->first + g->segments; s++) {
        for (Index o = first_output; o < first_output + outputs[s]; o++)
            for (Index i = first_input; i < first_input + inputs[s]; i++) {
                const Index from = back ? o : i, to = back ? i : o;
                Half *place = packed + to / SIDE * SIDE * taps * line + from / 2 * 2 * SIDE + to % SIDE * 2 + from % 2;
                for (Index t = 0; t < taps; t++) place[(back ? taps - 1 - t : t) * line * SIDE] = half(*kernels++);
            }
        first_input += inputs[s], first_output += outputs[s];
    }
    return kernels;
}

#define EACH_TAP(DO)     \
    DO(0);               \
    if (taps > 1) DO(1); \
    if (taps > 2) DO(2); \
    if (taps > 3) DO(3); \
    if (taps > 4) DO(4)
#define LOAD_SUM(tile) _tile_loadd(tile, sums + tile * SIDE * SIDE, 64)
#define STORE_SUM(tile) _tile_stored(tile, sums + tile * SIDE * SIDE, 64)
#define ADD_PRODUCT(tile)                                                               \
    do {                                                                                \
        _tile_loadd(7, pairs + (place + offset(l, tap + tile)) * 2 * SIDE, 8 * SIDE);     \
        _tile_dpbf16ps(tile, 6, 7);                                                     \
    } while (0)

/* The gradients of a few taps from `tap` on, of 16 outputs by 16 inputs each, added to `sums` [taps, 16, 16]. */
INLINE void gradient_tiles(const Half *planes, Index pitch, const Half *pairs, const Layout *l, Index tap, float *sums,
                           const int taps) {
    EACH_TAP(LOAD_SUM);
    for (Index place = 0; place < l->places; place += DEPTH) {
        _tile_loadd(6, planes + place, pitch * sizeof(Half));
        EACH_TAP(ADD_PRODUCT);
    }
    EACH_TAP(STORE_SUM);
}

/* The gradients of the kernels of a group, added to `sums` [outputs / 16, inputs / 16, taps, 16, 16]. */
static void gradients(const Half *planes, Index pitch, const Half *pairs, const Layout *l, const Group *g, float *sums) {
    configure(DEPTH);
    for (Index o = 0; o < g->outputs; o += SIDE)
        for (Index i = 0; i < g->inputs; i += SIDE)
            for (Index tap = 0, taps; tap < l->taps; tap += taps, sums += taps * SIDE * SIDE) {
                const Half *above = planes + o * pitch, *from = pairs + i * 2 * reach(l);
                taps = least(TAPS, l->taps - tap);
                if (taps == 1) gradient_tiles(above, pitch, from, l, tap, sums, 1);
                else if (taps == 2) gradient_tiles(above, pitch, from, l, tap, sums, 2);
                else if (taps == 3) gradient_tiles(above, pitch, from, l, tap, sums, 3);
                else if (taps == 4) gradient_tiles(above, pitch, from, l, tap, sums, 4);
                else gradient_tiles(above, pitch, from, l, tap, sums, 5);
            }
}

/* The blocks of the segments, out of the sums of their group; where the next ones begin. */
static float *unpack(const float *sums, const int32_t *inputs, const int32_t *outputs, const Group *g, Index taps,
                     float *gradients) {
    const Index across = whole(g->inputs, SIDE) / SIDE;
    Index first_input = 0, first_output = 0;
    for (Index s = g->first; s < g->first + g->segments; s++) {
        for (Index o = first_output; o < first_output + outputs[s]; o++)
            for (Index i = first_input; i < first_input + inputs[s]; i++) {
                const Index tile = (o / SIDE * across + i / SIDE) * taps;
                for (Index t = 0; t < taps; t++)
                    *gradients++ = sums[(tile + t) * SIDE * SIDE + o % SIDE * SIDE + i % SIDE];
            }
        first_input += inputs[s], first_output += outputs[s];
    }
    return gradients;
}

/* One side of all groups: what is convolved, or what comes of it. */
typedef struct {
    Index channels, widest, line;
} Side;

/* All that a pass needs beside its images. */
typedef struct {
    Layout l;
    Group *groups;
    Index count;
    Side in, out;
    Index packed_size, sums_size; /* of each group */
    Index pitch;                  /* of planes */
    int32_t *pixels;
    Half *packed, *inputs, *outputs, *planes, *pairs; /* kernels of all groups; the rest is of a block of one group */
    float *sums;
} Pass;

_Static_assert(LANES == SIDE, "segments that share a vector share a tile");

/* All segments in groups; how many there are. */
static Index grouped(const int32_t *inputs, const int32_t *outputs, Index segments, Group *groups) {
    Index count = 0, input = 0, output = 0;
    for (Index s = 0; s < segments; count++) {
        Group *g = &groups[count];
        *g = (Group){.first = s, .input = input, .output = output};
        g->segments = together(inputs + s, outputs + s, segments - s, &g->inputs, &g->outputs);
        s += g->segments, input += g->inputs, output += g->outputs;
    }
    return count;
}

static void widen(Side *side, Index channels) {
    side->channels += channels;
    if (channels > side->widest) side->widest = channels, side->line = line_of(channels);
}

static Half *halves(Index count) {
    return (Half *)floats(whole(count, 2) / 2);
}

static int begin(Pass *p, const int64_t *sizes, const int32_t *inputs, const int32_t *outputs, Index segments,
                 const float *kernels, int back) {
    *p = (Pass){.l = layout(sizes), .groups = calloc(segments, sizeof(Group))};
    p->pixels = malloc(p->l.places * sizeof *p->pixels);
    if (!p->groups || !p->pixels) return OUT_OF_MEMORY;
    p->count = grouped(inputs, outputs, segments, p->groups);
    for (const Group *g = p->groups; g < p->groups + p->count; g++)
        widen(&p->in, g->inputs), widen(&p->out, g->outputs);
    const Side *from = back ? &p->out : &p->in, *to = back ? &p->in : &p->out;
    p->packed_size = whole(to->widest, SIDE) * p->l.taps * from->line;
    p->packed = halves(p->count * p->packed_size);
    if (!p->packed) return OUT_OF_MEMORY;
    Half *packed = p->packed;
    for (const Group *g = p->groups; g < p->groups + p->count; g++, packed += p->packed_size)
        kernels = pack(kernels, inputs, outputs, g, p->l.taps, from->line, back, packed);
    return 0;
}

/* Places of zeros, with those that the forms for the gradients read beyond the last. */
static Half *new_places(const Layout *l, Index line) {
    return halves((reach(l) + DEPTH) * line);
}

static int begin_forward(Pass *p) {
    p->inputs = new_places(&p->l, p->in.line);
    return p->inputs ? 0 : OUT_OF_MEMORY;
}

static int begin_backward(Pass *p) {
    const Index inputs = whole(p->in.widest, SIDE), outputs = whole(p->out.widest, SIDE);
    p->sums_size = inputs * outputs * p->l.taps;
    p->pitch = p->l.places + DEPTH; /* no power of two, whose rows would share a few lines of the cache */
    p->inputs = new_places(&p->l, p->in.line), p->outputs = new_places(&p->l, p->out.line);
    p->planes = halves(outputs * p->pitch), p->pairs = halves(inputs * 2 * reach(&p->l));
    p->sums = floats(p->count * p->sums_size);
    return p->inputs && p->outputs && p->planes && p->pairs && p->sums ? 0 : OUT_OF_MEMORY;
}

/* How many images the block from `first` on has; their places are numbered. */
static Index enter(const Pass *p, Index first) {
    const Index here = least(p->l.block, p->l.images - first);
    if (!first || here < p->l.block) number(&p->l, here, p->pixels);
    return here;
}

static void finish(Pass *p) {
    _tile_release();
    free(p->groups), free(p->pixels), free(p->packed), free(p->inputs), free(p->outputs), free(p->planes);
    free(p->pairs), free(p->sums);
}

/* Whether the system lets this process use tiles: to be asked once, before any other call. */
int tiles_allowed(void) {
    enum { REQUEST = 0x1023, TILES = 18 };
    return !syscall(SYS_arch_prctl, REQUEST, TILES);
}

/* images [n, h, w, inputs] to output [n, h, w, outputs]. sizes: n, h, w, height and width of the kernels. */
int tiles_forward(const int64_t *sizes, const int32_t *inputs, const int32_t *outputs, int64_t segments,
                  const void *images, const float *kernels, void *output, int precision) {
    Pass p;
    if (precision != BF16) return NOT_COVERED;
    const int failed = begin(&p, sizes, inputs, outputs, segments, kernels, 0) || begin_forward(&p);
    const Layout *l = &p.l;
    for (Index first = 0; !failed && first < l->images; first += l->block) {
        const Index here = enter(&p, first), pixel = first * l->height * l->width;
        const Half *packed = p.packed;
        for (const Group *g = p.groups; g < p.groups + p.count; g++, packed += p.packed_size) {
            const Half *from = (const Half *)images + pixel * p.in.channels + g->input;
            Half *to = (Half *)output + pixel * p.out.channels + g->output;
            fill(from, p.in.channels, g->inputs, l, here, p.inputs, p.in.line);
            convolve(p.inputs, l, p.in.line, packed, p.pixels, to, p.out.channels, g->outputs);
        }
    }
    finish(&p);
    return failed ? OUT_OF_MEMORY : 0;
}

/* The gradients of the images [n, h, w, inputs] and of the kernels; NULL for one that is not wanted. */
int tiles_backward(const int64_t *sizes, const int32_t *inputs, const int32_t *outputs, int64_t segments,
                   const void *images, const float *kernels, const void *upstream, void *image_gradient,
                   float *kernel_gradients, int precision) {
    Pass p;
    if (precision != BF16) return NOT_COVERED;
    const int failed = begin(&p, sizes, inputs, outputs, segments, kernels, 1) || begin_backward(&p);
    const Layout *l = &p.l;
    for (Index first = 0; !failed && first < l->images; first += l->block) {
        const Index here = enter(&p, first), pixel = first * l->height * l->width;
        for (Index i = 0; i < p.count; i++) {
            const Group *g = p.groups + i;
            const Index in = pixel * p.in.channels + g->input;
            const Half *above = (const Half *)upstream + pixel * p.out.channels + g->output;
            fill(above, p.out.channels, g->outputs, l, here, p.outputs, p.out.line);
            if (image_gradient)
                convolve(p.outputs, l, p.out.line, p.packed + i * p.packed_size, p.pixels, (Half *)image_gradient + in,
                         p.in.channels, g->inputs);
            if (kernel_gradients) {
                fill((const Half *)images + in, p.in.channels, g->inputs, l, here, p.inputs, p.in.line);
                pair(p.inputs, reach(l), p.in.line, g->inputs, p.pairs);
                turn(p.outputs + l->margin * p.out.line, l->places, p.out.line, g->outputs, p.planes, p.pitch);
                gradients(p.planes, p.pitch, p.pairs, l, g, p.sums + i * p.sums_size);
            }
        }
    }
    for (Index i = 0; !failed && kernel_gradients && i < p.count; i++)
        kernel_gradients = unpack(p.sums + i * p.sums_size, inputs, outputs, p.groups + i, l->taps, kernel_gradients);
    finish(&p);
    return failed ? OUT_OF_MEMORY : 0;
}
