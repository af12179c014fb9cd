/* A segmented convolution of stride 1, "same" padding and odd kernels, forward and backward, on channels-last images.
 *
 * Vectors go over channels. Neighbouring segments share a vector as long as they fit into one; a wider segment takes
 * several. Their channels of a few images at a time are copied to planes, [image][row][column][LANES] with a border of
 * zeros around each image, so that borders and the number of channels cost nothing in the inner loops. An input of one
 * segment is broadcast to all lanes; where segments share a vector, a permutation brings each lane its own.
 *
 * images [n, h, w, inputs] of all segments, output [n, h, w, outputs]; kernels [outputs, inputs, taps] of each segment,
 * one after the other. */

#include "direct_groups.h"
#include "direct_tiles.h"

static Layout layout(const int64_t *sizes) {
    Layout l = {.images = sizes[0], .height = sizes[1], .width = sizes[2]};
    l.kernel_height = sizes[3], l.kernel_width = sizes[4], l.taps = sizes[3] * sizes[4];
    Index pieces = (l.width + TILE - 1) / TILE, down = l.kernel_height / 2, across = l.kernel_width / 2;
    l.columns = (l.width + pieces - 1) / pieces;
    l.lines = TILE / l.columns;
    l.block = (PIXELS / (l.height * l.width) + l.lines - 1) / l.lines * l.lines;
    if (l.block < l.lines) l.block = l.lines;
    l.row = (l.width + 2 * across) * LANES;
    l.image = (l.height + 2 * down) * l.row;
    l.plane = (l.block * l.image / LANES | 1) * LANES; /* a power of two would bring planes into each other's way */
    l.margin = down * l.row + across * LANES;
    return l;
}

/* A convolution as it is computed: the groups, their packed kernels and the planes of one. */
typedef struct {
    Layout layout;
    Group *groups;
    Index count;
    Index inputs, outputs; /* channels of the images, of the output */
    float *packed, *planes, *above;
    Steps steps[2]; /* of one segment, and of several */
} Work;

static void release(Work *work) {
    free(work->groups), free(work->packed), free(work->planes), free(work->above);
    free(work->steps[0].triples), free(work->steps[1].triples);
}

/* The steps of `size` taps, for each input and row of the kernel, from `first` on in each row. */
static Step *add_steps(Step *step, const Layout *l, Index depth, int several, Index first, Index size) {
    for (Index j = 0; j < depth; j++)
        for (Index y = 0; y < l->kernel_height; y++)
            for (Index x = first; x + size <= l->kernel_width; x += size)
                *step++ = (Step){.place = input_at(l, j, several) + y * l->row + x * LANES,
                                 .kernel = j * l->taps + y * l->kernel_width + x,
                                 .input = several ? j : 0};
    return step;
}

/* Those of three taps, and of the taps that are left. */
static Steps all_steps(const Layout *l, Index depth, int several) {
    const Index height = l->kernel_height, width = l->kernel_width, rest = width / 3 * 3;
    Steps steps = {.triples_each = height * rest / 3, .singles_each = height * (width - rest)};
    steps.triples = steps.singles = malloc(depth * l->taps * sizeof(Step));
    if (!steps.triples) return steps;
    steps.singles = add_steps(steps.triples, l, depth, several, 0, 3);
    add_steps(steps.singles, l, depth, several, rest, 1);
    return steps;
}

/* `upstream`: with planes for the gradient of the output, too. Check `complete`. */
static Work prepared(const Layout *l, const int32_t *inputs, const int32_t *outputs, Index segments, int upstream) {
    Work work = {.layout = *l};
    Index planes = 0, vectors = 0, depth = 0;
    size_t bytes = segments * sizeof(Group);
    if (!(work.groups = aligned_alloc(64, (bytes + 63) / 64 * 64))) return work;
    work.count = grouped(work.groups, inputs, outputs, segments, l->taps);
    for (Index g = 0; g < work.count; g++) {
        planes = most(planes, vectors_of(work.groups[g].inputs));
        vectors = most(vectors, work.groups[g].vectors);
        depth = most(depth, work.groups[g].depth);
        work.inputs += work.groups[g].inputs, work.outputs += work.groups[g].outputs;
    }
    const Group *last = &work.groups[work.count - 1];
    work.packed = floats(last->weights + last->size), work.planes = floats(planes * l->plane);
    work.steps[0] = all_steps(l, depth, 0), work.steps[1] = all_steps(l, depth, 1);
    if (upstream) work.above = floats(vectors * l->plane);
    return work;
}

static int complete(const Work *work, int upstream) {
    return work->groups && work->packed && work->planes && work->steps[0].triples && work->steps[1].triples &&
           (work->above || !upstream);
}

/* Sums of a tile to the output. */
INLINE void store_tile(const Layout *l, const float *sums, void *output, Index at, Index channels, Index count,
                       Index lines, int precision) {
    for (Index line = 0; line < lines; line++, at += l->height * l->width * channels)
        for (Index column = 0; column < l->columns; column++, sums += LANES) {
            const Index to = at + column * channels;
            if (count >= LANES) vector_store(output, to, *(const Vector *)sums, precision);
            else part_store(output, to, *(const Vector *)sums, count, precision);
        }
}

/* One vector of outputs of a group, for a block of images. */
static void convolve_vector(const Work *work, const Group *group, Index vector, Index first, Index here, void *output,
                            int precision) {
    const Layout *l = &work->layout;
    const int several = group->segments > 1;
    const float *weights = work->packed + group->weights + vector * LANES * group->depth * l->taps;
    const Index channel = group->output + vector * LANES, left = group->outputs - vector * LANES;
    SumTile *const sum = SUM_TILES[several][l->columns - 1];
    float sums[TILE * LANES] __attribute__((aligned(64)));
    for (Index image = 0; image < here; image += l->lines)
        for (Index y = 0; y < l->height; y++)
            for (Index x = 0; x < l->width; x += l->columns) {
                if (x > l->width - l->columns) x = l->width - l->columns; /* the last one overlaps the one before */
                sum(work->planes + image * l->image + y * l->row + x * LANES, &work->steps[several], group->depth,
                    group->pick, weights, sums, l->image);
                Index at = (((first + image) * l->height + y) * l->width + x) * work->outputs + channel;
                Index lines = least(l->lines, here - image);
                if (precision == FP32) store_tile(l, sums, output, at, work->outputs, left, lines, FP32);
                else store_tile(l, sums, output, at, work->outputs, left, lines, BF16);
            }
}

static void fill_inputs(const Work *work, const Group *group, const void *images, Index first, Index here,
                        int precision) {
    fill(&work->layout, images, work->inputs, group->input, group->inputs, first, here, work->planes, precision);
}

static void convolve(const Work *work, const void *images, Index first, Index here, void *output, int precision) {
    for (const Group *group = work->groups; group < work->groups + work->count; group++) {
        fill_inputs(work, group, images, first, here, precision);
        for (Index v = 0; v < group->vectors; v++) convolve_vector(work, group, v, first, here, output, precision);
    }
}

/* The gradients of the kernels that a block of images brings, added to the packed ones. */
static void differentiate(const Work *work, const void *images, const void *upstream, Index first, Index here,
                          int precision) {
    const Layout *l = &work->layout;
    for (const Group *group = work->groups; group < work->groups + work->count; group++) {
        fill_inputs(work, group, images, first, here, precision);
        fill(l, upstream, work->outputs, group->output, group->outputs, first, here, work->above, precision);
        for (Index v = 0; v < group->vectors; v++) {
            float *totals = work->packed + group->weights + v * LANES * group->depth * l->taps;
            const float *above = work->above + v * l->plane + l->margin;
            if (group->segments > 1) all_gradients(l, work->planes, above, here, totals, 1, group->pick, group->depth);
            else all_gradients(l, work->planes, above, here, totals, 0, group->pick, group->depth);
        }
    }
}

/* images to output. sizes: n, h, w, height and width of the kernels; inputs, outputs: channels of each segment. */
int direct_forward(const int64_t *sizes, const int32_t *inputs, const int32_t *outputs, int64_t segments,
                   const void *images, const float *kernels, void *output, int precision) {
    const Layout l = layout(sizes);
    Work work = prepared(&l, inputs, outputs, segments, 0);
    const int ready = complete(&work, 0);
    if (ready) {
        pack(work.groups, work.count, inputs, outputs, l.taps, (float *)kernels, work.packed, PACK);
        for (Index first = 0; first < l.images; first += l.block)
            convolve(&work, images, first, least(l.block, l.images - first), output, precision);
    }
    release(&work);
    return ready ? 0 : OUT_OF_MEMORY;
}

/* The gradients of the images and of the kernels; NULL for one that is not wanted. */
int direct_backward(const int64_t *sizes, const int32_t *inputs, const int32_t *outputs, int64_t segments,
                    const void *images, const float *kernels, const void *upstream, void *image_gradient,
                    float *kernel_gradients, int precision) {
    const Layout l = layout(sizes);
    Work back = prepared(&l, outputs, inputs, segments, 0), work = prepared(&l, inputs, outputs, segments, 1);
    const int ready = complete(&back, 0) && complete(&work, 1);
    if (ready) {
        pack(back.groups, back.count, inputs, outputs, l.taps, (float *)kernels, back.packed, PACK_BACK);
        for (Index first = 0; first < l.images; first += l.block) {
            const Index here = least(l.block, l.images - first);
            if (kernel_gradients) differentiate(&work, images, upstream, first, here, precision);
            if (image_gradient) convolve(&back, upstream, first, here, image_gradient, precision);
        }
        if (kernel_gradients)
            pack(work.groups, work.count, inputs, outputs, l.taps, kernel_gradients, work.packed, UNPACK);
    }
    release(&back), release(&work);
    return ready ? 0 : OUT_OF_MEMORY;
}
