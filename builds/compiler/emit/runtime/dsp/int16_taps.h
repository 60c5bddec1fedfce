// Products of taps in a row with four channels of 16-bit inputs: halves are multiplied one by one.

[[maybe_unused]] inline void ef_wide_taps(const int8_t *weights, const int16_t *in, int32_t channels,
                                          int32_t hop, int32_t taps, int32_t *sums) {
  int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
  for (; taps > 0; --taps, in += hop, weights += channels) {
    const EfUnaligned *const pairs = reinterpret_cast<const EfUnaligned *>(in);
    const uint32_t four = *reinterpret_cast<const EfUnaligned *>(weights);
    const uint32_t even = ef_even_bytes(four), odd = ef_odd_bytes(four);
    a += ef_low_half(pairs[0]) * ef_low_half(even);
    b += ef_high_half(pairs[0]) * ef_low_half(odd);
    c += ef_low_half(pairs[1]) * ef_high_half(even);
    d += ef_high_half(pairs[1]) * ef_high_half(odd);
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}
