// Sigmoid and tanh in Q0.15, from one table of sigmoid with linear interpolation. A multiplier of 3 takes Q3.12.

[[maybe_unused]] inline uint32_t ef_magnitude(int32_t value) {
  return static_cast<uint32_t>(value < 0 ? -value : value);
}

[[maybe_unused]] inline int16_t ef_sigmoid16(const uint16_t *table, int32_t value, int32_t multiplier,
                                             int32_t right) {
  const int32_t rounding = right > 0 ? 1 << (right - 1) : 0;
  const int32_t scaled = (value * multiplier + rounding) >> right;
  const uint32_t size = ef_magnitude(scaled);
  const uint32_t at = size >> 9;
  uint32_t result = 0x7fffu << 10;
  if (at < 255u) {
    const uint32_t low = table[at], high = table[at + 1u];
    result = (low << 9) + (size & 0x1ffu) * (high - low);
  }
  result = scaled >= 0 ? result + (1u << 9) : (1u << 25) - result + (1u << 9) - 1u;
  return static_cast<int16_t>(static_cast<uint16_t>(result >> 10));
}

[[maybe_unused]] inline int16_t ef_tanh16(const uint16_t *table, int32_t value, int32_t multiplier,
                                          int32_t right) {
  const int32_t rounding = right > 0 ? 1 << (right - 1) : 0;
  const int32_t scaled = (value * multiplier + rounding) >> right;
  const uint32_t size = ef_magnitude(scaled);
  const uint32_t at = size >> 8;
  int32_t result = 0xffff << 8;
  if (at < 255u) {
    const uint32_t low = table[at], high = table[at + 1u];
    result = static_cast<int32_t>((low << 8) + (size & 0xffu) * (high - low));
  }
  result = scaled >= 0 ? result - (1 << 23) + (1 << 7) : -result + (1 << 23) + (1 << 7) - 1;
  return static_cast<int16_t>(result >> 8);
}
