// Softmax of 16-bit inputs: exp and 1 / (1 + x) come from tables with linear interpolation.

struct EfSoftmax16 {
  int32_t rows, depth;
  int32_t multiplier, shift;
  const int16_t *exponential;
  const int16_t *reciprocal;
};

[[maybe_unused]] inline int32_t ef_interpolated(const int16_t *table, int32_t value) {
  const int32_t inside = ef_clamp(value, int32_t{-32768}, int32_t{32767});
  const int16_t *at = table + 256 + (inside >> 7);
  return at[0] + (((at[1] - at[0]) * (inside & 0x7f) + 64) >> 7);
}

// One row: exp of each, their sum, and each times the reciprocal of the sum.
[[maybe_unused]] inline void ef_softmax16_row(const EfSoftmax16 &s, const int16_t *in,
                                              int16_t *out) {
  int32_t largest = -32768;
  for (int32_t i = 0; i < s.depth; ++i) largest = in[i] > largest ? in[i] : largest;
  int32_t sum = 0;
  for (int32_t i = 0; i < s.depth; ++i) {
    const int32_t scaled = ef_scale(in[i] - largest, s.multiplier, s.shift) + 32767;
    const int32_t term = ef_interpolated(s.exponential, scaled);
    out[i] = static_cast<int16_t>(term);
    sum += term;
  }
  int32_t zeros = 0;
  while (((static_cast<uint32_t>(sum) << zeros) & 0x80000000u) == 0u) ++zeros;
  const uint32_t fraction = ((static_cast<uint32_t>(sum) << (zeros - 1)) + (1u << 13)) >> 14;
  const int32_t by = ef_interpolated(s.reciprocal, static_cast<int32_t>(fraction) - 98304);
  const int32_t right = 31 - zeros;
  for (int32_t i = 0; i < s.depth; ++i) {
    const int32_t value = (out[i] * by + (1 << (right - 1))) >> right;
    out[i] = static_cast<int16_t>(ef_clamp(value, int32_t{0}, int32_t{32767}));
  }
}

EF_KERNEL void ef_softmax16(const EfSoftmax16 &s, const int16_t *in, int16_t *out) {
  for (int32_t row = 0; row < s.rows; ++row) {
    ef_softmax16_row(s, in + row * s.depth, out + row * s.depth);
  }
}
