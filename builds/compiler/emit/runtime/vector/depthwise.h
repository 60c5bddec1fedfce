// Depthwise convolution, eight channels a turn, two taps at a time. The compiler has seen to it that the products of a
// pair of taps fit in 16 bits together.

struct EfDepthwise {
  EfWindow window;
  const int8_t *weights;  // taps, each with all channels
  const int8_t *outside;  // one pixel of zero points
  EfOutput finish;
};

[[maybe_unused]] inline void ef_slide(const int8_t **taps, int32_t count, int32_t distance) {
  for (int32_t t = 0; t < count; ++t) taps[t] += distance;
}

[[maybe_unused]] inline void ef_depthwise_eight(const EfDepthwise &d, const int8_t *const *taps,
                                                int32_t channel, int8_t *out) {
  const int32_t channels = d.window.in_c, size = d.window.k_h * d.window.k_w;
  const int8_t *weights = d.weights + channel;
  EfFour low = {}, high = {};
  for (int32_t t = 0; t < size; t += 2, weights += 2 * channels) {
    EfHalves pair = ef_eight(taps[t] + channel) * ef_eight(weights);
    if (t + 1 < size) pair += ef_eight(taps[t + 1] + channel) * ef_eight(weights + channels);
    low += ef_low_four(pair);
    high += ef_high_four(pair);
  }
  ef_finish(d.finish, channel, 4, low, out + channel);
  ef_finish(d.finish, channel + 4, 4, high, out + channel + 4);
}

[[maybe_unused]] inline void ef_depthwise_pixel(const EfDepthwise &d, const int8_t *const *taps,
                                                int8_t *out) {
  const int32_t channels = d.window.in_c, size = d.window.k_h * d.window.k_w;
  int32_t channel = 0;
  for (; channel + 8 <= channels; channel += 8) ef_depthwise_eight(d, taps, channel, out);
  for (; channel < channels; ++channel) {
    int32_t sum = 0;
    for (int32_t t = 0; t < size; ++t) sum += taps[t][channel] * d.weights[t * channels + channel];
    ef_finish(d.finish, channel, 1, EfFour{sum, 0, 0, 0}, out + channel);
  }
}
