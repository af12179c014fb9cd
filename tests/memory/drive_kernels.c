/* Calls the compiled kernels with arrays of just the size they need, of random shapes: under a checking allocator, any
 * access beyond them ends the process. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int direct_forward(const int64_t *, const int32_t *, const int32_t *, int64_t, const void *, const float *, void *, int);
int direct_backward(const int64_t *, const int32_t *, const int32_t *, int64_t, const void *, const float *,
                    const void *, void *, float *, int);
int norm_forward(const void *, void *, int64_t, int64_t, const float *, const float *, float *, float *, float *, float *,
                 float, float, int, int);
int norm_backward(const void *, const void *, void *, int64_t, int64_t, const float *, const float *, const float *,
                  const float *, float *, float *, int, int);
int pool_forward(const int64_t *, const void *, void *, uint8_t *, int);
int pool_backward(const int64_t *, const void *, const uint8_t *, void *, int);

static int up_to(int most) { return 1 + rand() % most; }

static float *ones(int64_t count) {
    float *values = malloc(count * sizeof *values);
    for (int64_t i = 0; i < count; i++) values[i] = 1;
    return values;
}

static int convolve(int precision) {
    int64_t sizes[5] = {up_to(9), up_to(20), up_to(20), 2 * up_to(4) - 1, 2 * up_to(4) - 1};
    int64_t segments = up_to(12), width = up_to(rand() % 2 ? 5 : 20), kernels = 0, inputs = 0, outputs = 0;
    int32_t *in = malloc(segments * sizeof *in), *out = malloc(segments * sizeof *out);
    for (int s = 0; s < segments; s++) {
        in[s] = rand() % 3 ? width : up_to(24), out[s] = rand() % 3 ? in[s] : up_to(24);
        inputs += in[s], outputs += out[s], kernels += (int64_t)in[s] * out[s] * sizes[3] * sizes[4];
    }
    size_t pixels = sizes[0] * sizes[1] * sizes[2], bytes = precision ? 2 : 4;
    void *images = calloc(pixels * inputs, bytes), *output = malloc(pixels * outputs * bytes);
    void *upstream = calloc(pixels * outputs, bytes), *gradient = malloc(pixels * inputs * bytes);
    float *weights = ones(kernels), *gradients = malloc(kernels * sizeof *gradients);
    int failed = direct_forward(sizes, in, out, segments, images, weights, output, precision);
    failed |= direct_backward(sizes, in, out, segments, images, weights, upstream, rand() % 4 ? gradient : NULL,
                              rand() % 4 ? gradients : NULL, precision);
    free(images), free(output), free(upstream), free(gradient), free(weights), free(gradients), free(in), free(out);
    return failed;
}

static int normalise(int precision) {
    int64_t pixels = 16 * up_to(200), channels = up_to(70);
    size_t count = pixels * channels, bytes = precision ? 2 : 4;
    void *arrays[] = {calloc(count, bytes), malloc(count * bytes), malloc(count * bytes)};
    float *v[8];
    for (int i = 0; i < 8; i++) v[i] = ones(channels);
    int relu = rand() % 2, tracked = rand() % 2;
    int failed = norm_forward(arrays[0], arrays[1], pixels, channels, v[0], v[1], v[2], v[3], tracked ? v[4] : NULL,
                              tracked ? v[5] : NULL, 0.1f, 1e-3f, relu, precision);
    failed |= norm_backward(arrays[0], arrays[1], arrays[2], pixels, channels, v[0], v[1], v[2], v[3], v[6], v[7], relu,
                            precision);
    for (int i = 0; i < 3; i++) free(arrays[i]);
    for (int i = 0; i < 8; i++) free(v[i]);
    return failed;
}

static int64_t outputs(int64_t side, int64_t window, int64_t stride, int64_t before, int up) {
    int64_t found = (side + 2 * before - window + (up ? stride - 1 : 0)) / stride + 1;
    return found - (up && (found - 1) * stride >= side + before);
}

static int pool(int precision) {
    int64_t window = rand() % 2 ? 1 + up_to(2) : up_to(15), stride = rand() % 2 ? 2 : up_to(4);
    int64_t top = rand() % (window / 2 + 1), left = rand() % (window / 2 + 1);
    int64_t height = window - top + rand() % 12, width = window - left + rand() % 12;
    int up = rand() % 2;
    int64_t sizes[10] = {up_to(5), height, width, up_to(rand() % 2 ? 8 : 70), window, stride, top, left,
                         outputs(height, window, stride, top, up), outputs(width, window, stride, left, up)};
    size_t inputs = sizes[0] * height * width * sizes[3], count = sizes[0] * sizes[8] * sizes[9] * sizes[3];
    size_t bytes = precision ? 2 : 4;
    void *arrays[] = {calloc(inputs, bytes), malloc(count * bytes), malloc(count), calloc(count, bytes),
                      malloc(inputs * bytes)};
    if (rand() % 2) memset(arrays[0], 0xff, inputs * bytes); /* not a number */
    int failed = pool_forward(sizes, arrays[0], arrays[1], NULL, precision);
    failed |= pool_forward(sizes, arrays[0], arrays[1], arrays[2], precision);
    failed |= pool_backward(sizes, arrays[3], arrays[2], arrays[4], precision);
    for (int i = 0; i < 5; i++) free(arrays[i]);
    return failed;
}

int main(int count, char **arguments) {
    for (int seed = 0; seed < (count > 1 ? atoi(arguments[1]) : 100); seed++) {
        srand(seed);
        if (convolve(seed % 2) || normalise(seed % 2) || pool(seed % 2)) return printf("failed at seed %d\n", seed), 1;
    }
    return puts("clean"), 0;
}
