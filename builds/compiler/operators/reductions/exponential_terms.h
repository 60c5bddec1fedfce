// Exponentials that are worked out where they are needed: for few elements.

struct EfSoftmax {
  int32_t rows, depth;
  int32_t multiplier, shift;
  int32_t smallest;  // differences below this count as zero

  int32_t term(int32_t difference) const;
};

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

// The exponential of a scaled difference in Q0.31.
EF_OPERATOR inline int32_t EfSoftmax::term(int32_t difference) const {
  if (difference < smallest) return 0;
  return ef_exponential(ef_saturating_multiply(ef_shift_left(difference, shift), multiplier));
}
