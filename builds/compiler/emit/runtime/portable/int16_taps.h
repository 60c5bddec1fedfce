// Products of taps in a row with four channels of 16-bit inputs.

[[maybe_unused]] inline void ef_wide_taps(const int8_t *weights, const int16_t *in, int32_t channels,
                                          int32_t hop, int32_t taps, int32_t *sums) {
  int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
  for (; taps > 0; --taps, in += hop, weights += channels) {
    a += in[0] * weights[0];
    b += in[1] * weights[1];
    c += in[2] * weights[2];
    d += in[3] * weights[3];
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}
