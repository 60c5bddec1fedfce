// Depthwise convolution: one filter a channel. Channels are taken in blocks, so that vector code can be made.

struct EfDepthwise {
  EfWindow window;
  const int8_t *weights;  // taps, each with all channels
  const int8_t *outside;  // one pixel of zero points
  EfOutput finish;
};

#if defined(__ARM_ARCH) && __ARM_ARCH < 8
#define EF_DEPTHWISE_BLOCK 1
#elif defined(__riscv)
#define EF_DEPTHWISE_BLOCK 1
#else
#define EF_DEPTHWISE_BLOCK 16
#endif

[[maybe_unused]] inline void ef_depthwise_block(const EfDepthwise &d, const int8_t *const *taps,
                                                int32_t first, int32_t count, int8_t *out) {
  const int32_t channels = d.window.in_c;
  const int32_t size = d.window.k_h * d.window.k_w;
  int32_t sums[EF_DEPTHWISE_BLOCK];
  for (int32_t i = 0; i < count; ++i) sums[i] = d.finish.bias[first + i];
  const int8_t *weights = d.weights + first;
  for (int32_t t = 0; t < size; ++t, weights += channels) {
    const int8_t *const x = taps[t] + first;
    for (int32_t i = 0; i < count; ++i) sums[i] += x[i] * weights[i];
  }
  for (int32_t i = 0; i < count; ++i) {
    out[first + i] = ef_output_of(d.finish, first + i, sums[i]);
  }
}

[[maybe_unused]] inline void ef_depthwise_pixel(const EfDepthwise &d, const int8_t *const *taps,
                                                int8_t *out) {
  const int32_t channels = d.window.in_c;
  int32_t first = 0;
  for (; first + EF_DEPTHWISE_BLOCK <= channels; first += EF_DEPTHWISE_BLOCK) {
    ef_depthwise_block(d, taps, first, EF_DEPTHWISE_BLOCK, out);
  }
  if (first < channels) ef_depthwise_block(d, taps, first, channels - first, out);
}
