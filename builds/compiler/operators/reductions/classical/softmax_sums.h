// Sums with so many fraction bits to probabilities in steps of 1/256.

// The exponential of a difference that is not above 0, with 23 bits behind the point.
[[maybe_unused]] inline uint32_t ef_share(int32_t difference, int32_t fraction) {
  if (difference <= -(1 << (fraction + 5))) return 0u;
  return static_cast<uint32_t>(ef_exponential(ef_shift_left(difference, 26 - fraction))) >> 8;
}

// 256 * part / whole, halves up, without a division; part is not above whole, which is below 2^31.
[[maybe_unused]] inline int32_t ef_steps(uint32_t part, uint32_t whole) {
  if (part >= whole) return 256;
  int32_t steps = 0;
  for (int32_t bit = 0; bit < 9; ++bit) {
    part <<= 1;
    steps <<= 1;
    if (part >= whole) {
      part -= whole;
      ++steps;
    }
  }
  return (steps + 1) >> 1;
}

EF_KERNEL void ef_sums_softmax(int32_t *sums, int8_t *out, int32_t count, int32_t fraction) {
  int32_t largest = sums[0];
  for (int32_t i = 1; i < count; ++i) largest = sums[i] > largest ? sums[i] : largest;
  uint32_t whole = 0;
  for (int32_t i = 0; i < count; ++i) {
    const uint32_t share = ef_share(sums[i] - largest, fraction);
    sums[i] = static_cast<int32_t>(share);
    whole += share;
  }
  for (int32_t i = 0; i < count; ++i) {
    const int32_t steps = ef_steps(static_cast<uint32_t>(sums[i]), whole);
    out[i] = static_cast<int8_t>(steps > 255 ? 127 : steps - 128);
  }
}
