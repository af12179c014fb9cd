/* Which neighbouring segments share a vector. */

#ifndef SPECTRUM_SHARING_H
#define SPECTRUM_SHARING_H

#include "vectors.h"

/* As many of the segments that are left as fit into one vector, or the first alone; how many they are, and their channels
 * in and out. */
static Index together(const int32_t *inputs, const int32_t *outputs, Index left, Index *in, Index *out) {
    Index count = 0;
    *in = *out = 0;
    while (count < left && (!count || (*in + inputs[count] <= LANES && *out + outputs[count] <= LANES)))
        *in += inputs[count], *out += outputs[count++];
    return count;
}

#endif
