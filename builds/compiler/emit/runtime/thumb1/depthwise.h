// Depthwise convolution, one channel at a time: this core has no wider loads that would help.

struct EfDepthwise {
  EfWindow window;
  const int8_t *weights;  // taps, each with all channels
  const int8_t *outside;  // one pixel of zero points
  EfPacked finish;
};

[[maybe_unused]] inline void ef_depthwise_pixel(const EfDepthwise &d, const int8_t *const *taps,
                                                int8_t *out) {
  const EfPacked &q = d.finish;
  const int32_t channels = d.window.in_c;
  const int8_t *const *const end = taps + d.window.k_h * d.window.k_w;
  for (int32_t channel = 0; channel < channels; ++channel) {
    const int8_t *weight = d.weights + channel;
    int32_t sum = 0;
    for (const int8_t *const *tap = taps; tap != end; ++tap, weight += channels) {
      sum += (*tap)[channel] * *weight;
    }
    const int32_t multiplier = q.multiplier[channel * q.step];
    const int32_t word = q.packed[channel];
    const int32_t offset = ef_packed_offset(q.rounding, word);
    int32_t value[1] = {ef_packed_output(offset, word, multiplier, sum * 2)};
    if (q.clamps()) ef_packed_clamp(q, value);
    out[channel] = static_cast<int8_t>(value[0]);
  }
}
