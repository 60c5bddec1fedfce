// Softmax in fixed point, with the exponential and the reciprocal of gemmlowp's definition.

struct EfSoftmax {
  int32_t rows, depth;
  int32_t multiplier, shift;
  int32_t smallest;  // differences below this count as zero
};

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

// exp(value / 2^26) in Q0.31, for value <= 0.
[[maybe_unused]] inline int32_t ef_exponential(int32_t value) {
  if (value == 0) return INT32_MAX;
  static const int32_t kSteps[7] = {1672461947, 1302514674, 790015084, 290630308,
                                    39332535,   720401,     242};
  constexpr int32_t kQuarter = 1 << 24;
  const int32_t reduced = (value & (kQuarter - 1)) - kQuarter;
  const int32_t rest = reduced - value;
  const int32_t x = ef_shift_left(reduced, 5) + (1 << 28);
  const int32_t x2 = ef_saturating_multiply(x, x);
  const int32_t x3 = ef_saturating_multiply(x2, x);
  const int32_t x4 = ef_saturating_multiply(x2, x2);
  const int32_t fourth = ef_divide_round(x4, 2);
  const int32_t third = ef_saturating_multiply(fourth + x3, 715827883);
  const int32_t tail = ef_divide_round(third + x2, 1);
  int32_t result = 1895147668 + ef_saturating_multiply(1895147668, x + tail);
  for (int32_t i = 0; i < 7; ++i) {
    if ((rest & (kQuarter << i)) != 0) result = ef_saturating_multiply(result, kSteps[i]);
  }
  return result;
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

[[maybe_unused]] inline int32_t ef_softmax_term(const EfSoftmax &s, int32_t difference) {
  return ef_exponential(ef_saturating_multiply(ef_shift_left(difference, s.shift), s.multiplier));
}
