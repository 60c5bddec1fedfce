// Steps of a softmax in fixed point, with the exponential and the reciprocal of gemmlowp's definition.

// As ef_high_multiply, for the one product that does not fit.
[[maybe_unused]] inline int32_t ef_saturating_multiply(int32_t a, int32_t b) {
  return a == b && a == INT32_MIN ? INT32_MAX : ef_high_multiply(a, b);
}

[[maybe_unused]] inline int32_t ef_shift_left(int32_t value, int32_t by) {
  return static_cast<int32_t>(static_cast<uint32_t>(value) << by);
}

// value * 2^by with saturation.
[[maybe_unused]] inline int32_t ef_shift_saturating(int32_t value, int32_t by) {
  const int32_t limit = INT32_MAX >> by;
  if (value > limit) return INT32_MAX;
  return value < -limit - 1 ? INT32_MIN : ef_shift_left(value, by);
}

// 1 / (1 + value) in Q0.31, for 0 <= value < 1 in Q0.31, by three steps of Newton's method.
[[maybe_unused]] inline int32_t ef_reciprocal(int32_t value) {
  const int32_t half =
      static_cast<int32_t>((static_cast<uint32_t>(value) + 0x7fffffffu + 1u) >> 1);
  int32_t x = 1515870810 + ef_saturating_multiply(half, -1010580540);
  for (int32_t i = 0; i < 3; ++i) {
    const int32_t error = (1 << 29) - ef_saturating_multiply(half, x);
    x += ef_shift_saturating(ef_saturating_multiply(x, error), 2);
  }
  return ef_shift_saturating(x, 1);
}

[[maybe_unused]] inline int32_t ef_leading_zeros(uint32_t value) {
  int32_t count = 0;
  for (; (value & 0x80000000u) == 0u; value <<= 1) ++count;
  return count;
}
