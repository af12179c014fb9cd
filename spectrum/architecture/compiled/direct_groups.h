/* Which segments of direct.c are computed together, and where each of their kernels is. */

#ifndef SPECTRUM_DIRECT_GROUPS_H
#define SPECTRUM_DIRECT_GROUPS_H

#include "sharing.h"

typedef VECTOR(int32_t, LANES) Lanes;

/* Neighbouring segments that share a vector, or one by itself in as many as it takes: every output has a lane. */
typedef struct {
    Index segment, segments; /* the first, and how many */
    Index input, inputs;     /* the first channel, and how many */
    Index output, outputs;   /* likewise */
    Index depth;             /* inputs of the segment that has most */
    Index vectors;           /* of outputs */
    Index weights, size;     /* where its packed kernels begin, and how many there are */
    Lanes pick[LANES];       /* of several: which input of all of them is input j of each lane's segment */
} Group;

static inline Index vectors_of(Index lanes) { return (lanes + LANES - 1) / LANES; }

/* For each lane, input j of its segment, or its last one if it has fewer: their kernels are zero there. */
static void pick_inputs(Group *group, const int32_t *inputs, const int32_t *outputs) {
    memset(group->pick, 0, sizeof group->pick);
    for (Index s = 0, first = 0, lane = 0; s < group->segments; first += inputs[s], s++)
        for (Index o = 0; o < outputs[s]; o++, lane++)
            for (Index j = 0; j < group->depth; j++)
                group->pick[j][lane] = (int32_t)(first + (j < inputs[s] ? j : inputs[s] - 1));
}

/* The next of the segments that are left, in one group; how many they are. */
static Index gather(Group *group, const int32_t *inputs, const int32_t *outputs, Index left) {
    group->segments = together(inputs, outputs, left, &group->inputs, &group->outputs);
    group->vectors = vectors_of(group->outputs), group->depth = 0;
    for (Index s = 0; s < group->segments; s++) group->depth = most(group->depth, inputs[s]);
    if (group->segments > 1) pick_inputs(group, inputs, outputs);
    return group->segments;
}

/* All segments in groups; how many there are. */
static Index grouped(Group *groups, const int32_t *inputs, const int32_t *outputs, Index segments, Index taps) {
    Index count = 0, weights = 0, input = 0, output = 0;
    for (Index s = 0; s < segments; count++) {
        Group *group = &groups[count];
        group->segment = s, group->input = input, group->output = output, group->weights = weights;
        s += gather(group, inputs + s, outputs + s, segments - s);
        group->size = group->vectors * LANES * group->depth * taps;
        input += group->inputs, output += group->outputs, weights += group->size;
    }
    return count;
}

/* Where a group has the kernel of a lane: [vector][input][tap][LANES]. */
static Index place(const Group *group, Index taps, Index lane, Index input, Index tap) {
    return group->weights + ((lane / LANES * group->depth + input) * taps + tap) * LANES + lane % LANES;
}

enum { PACK, PACK_BACK, UNPACK };

/* Kernels to the packed ones, or to those that bring a gradient back (inputs and outputs exchanged, taps in reverse),
 * or from packed ones. The number of inputs and outputs is that of the segments as they are, not exchanged. */
static void pack(const Group *groups, Index count, const int32_t *inputs, const int32_t *outputs, Index taps,
                 float *kernels, float *packed, int way) {
    for (const Group *group = groups; group < groups + count; group++)
        for (Index s = group->segment, lane = 0; s < group->segment + group->segments; s++) {
            for (Index o = 0; o < outputs[s]; o++)
                for (Index i = 0; i < inputs[s]; i++)
                    for (Index t = 0; t < taps; t++, kernels++) {
                        if (way == PACK_BACK) packed[place(group, taps, lane + i, o, taps - 1 - t)] = *kernels;
                        else if (way == PACK) packed[place(group, taps, lane + o, i, t)] = *kernels;
                        else *kernels = packed[place(group, taps, lane + o, i, t)];
                    }
            lane += way == PACK_BACK ? inputs[s] : outputs[s];
        }
}

#endif
