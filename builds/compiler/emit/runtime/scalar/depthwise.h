// Depthwise convolution, four channels a turn: the address of a tap serves them all.

struct EfDepthwise {
  EfWindow window;
  const int8_t *weights;  // taps, each with all channels
  const int8_t *outside;  // one pixel of zero points
  EfFinish finish;
};

[[maybe_unused]] inline void ef_slide(const int8_t **taps, int32_t count, int32_t distance) {
  for (int32_t t = 0; t < count; ++t) taps[t] += distance;
}

template <int32_t kChannels>
inline void ef_depthwise_dots(const EfPacked &q, const int8_t *const *taps, int32_t size,
                              const int8_t *weights, int32_t channels, int32_t channel,
                              int8_t *out) {
  int32_t sums[kChannels] = {};
  for (int32_t t = 0; t < size; ++t, weights += channels) {
    const int8_t *const x = taps[t] + channel;
    EF_UNROLL
    for (int32_t i = 0; i < kChannels; ++i) sums[i] += x[i] * weights[i];
  }
  EF_UNROLL
  for (int32_t i = 0; i < kChannels; ++i) out[i] = ef_output_of(q, channel + i, sums[i]);
}

[[maybe_unused]] inline void ef_depthwise_pixel(const EfDepthwise &d, const int8_t *const *taps,
                                                int8_t *out) {
  const EfPacked q = ef_own(d.finish);
  const int8_t *const weights = d.weights;
  const int32_t channels = d.window.in_c, size = d.window.k_h * d.window.k_w, fours = channels & ~3;
  for (int32_t i = 0; i < fours; i += 4) {
    ef_depthwise_dots<4>(q, taps, size, weights + i, channels, i, out + i);
  }
  for (int32_t i = fours; i < channels; ++i) {
    ef_depthwise_dots<1>(q, taps, size, weights + i, channels, i, out + i);
  }
}
