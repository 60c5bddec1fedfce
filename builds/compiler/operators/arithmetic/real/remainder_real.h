// What is left of a division, with the sign of the divisor. The remainder is exact, as fmodf gives it: digit by digit.
[[maybe_unused]] inline int32_t ef_split_real(uint32_t size, uint32_t &mantissa) {
  const int32_t exponent = static_cast<int32_t>(size >> 23);
  mantissa = (size & 0x007fffffu) | (exponent > 0 ? 0x00800000u : 0u);
  return exponent > 0 ? exponent : 1;
}

[[maybe_unused]] inline float ef_remainder_real(float a, float b) {
  const uint32_t size_a = ef_bits_of(a) & 0x7fffffffu;
  const uint32_t size_b = ef_bits_of(b) & 0x7fffffffu;
  if (size_a >= 0x7f800000u || size_b > 0x7f800000u || size_b == 0u) return ef_real_of(0x7fc00000u);
  if (size_a < size_b) return a;
  uint32_t rest;
  uint32_t divisor;
  int32_t exponent = ef_split_real(size_a, rest);
  const int32_t end = ef_split_real(size_b, divisor);
  for (; exponent > end; --exponent) {
    if (rest >= divisor) rest -= divisor;
    rest <<= 1;
  }
  if (rest >= divisor) rest -= divisor;
  if (rest == 0u) return ef_real_of(ef_bits_of(a) & 0x80000000u);
  for (; rest < 0x00800000u && exponent > 1; rest <<= 1) --exponent;
  const uint32_t size = rest >= 0x00800000u ? (static_cast<uint32_t>(exponent) << 23) | (rest & 0x007fffffu) : rest;
  return ef_real_of(size | (ef_bits_of(a) & 0x80000000u));
}

struct EfFloorModReal {
  int32_t unused;

  EF_OPERATOR float operator()(float a, float b) const {
    const float rest = ef_remainder_real(a, b);
    const bool other = (b < 0.0f) != (rest < 0.0f);
    return other && (rest < 0.0f || rest > 0.0f || !ef_is_number(rest)) ? rest + b : rest;
  }
};
