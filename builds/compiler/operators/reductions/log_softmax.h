// The logarithm of a softmax in fixed point. The logarithm of the sum is a power of two and a rational function of the
// rest, which is taken near the fourth root of one half from either side.

struct EfLogSoftmax {
  int32_t rows, depth;
  int32_t multiplier, shift;
  int32_t smallest;  // differences below this count as nothing in the sum
  int32_t back_multiplier, back_shift;
};

// The numerator over the denominator, in Q6.25, for a rest in Q0.31.
[[maybe_unused]] inline int32_t ef_logarithm_rest(int32_t rest) {
  constexpr int32_t kRoot = 1805811301;
  const int32_t middle = static_cast<int32_t>((static_cast<int64_t>(rest) + kRoot + 1) / 2);
  const int32_t q = (rest - kRoot) * 2;
  const int32_t square = ef_saturating_multiply(q, q);
  const int32_t cube = ef_saturating_multiply(ef_saturating_multiply(q, square), 117049297);
  const int32_t top = ef_saturating_multiply(q, rest) + cube;
  const int32_t bend = 1057819769 + q + ef_saturating_multiply(127690142, square);
  const int32_t bottom = ef_saturating_multiply(middle, bend) + ef_saturating_multiply(638450708, q);
  return ef_saturating_multiply(ef_divide_round(top, 6), ef_reciprocal(bottom));
}

// log(value) in Q5.26 for a value of at least one in Q12.19.
[[maybe_unused]] inline int32_t ef_logarithm(int32_t value) {
  constexpr int32_t kQuarter = 1 << 23, kOne = 1 << 25, kRoot = 1518500250;
  const int32_t lead = ef_leading_zeros(static_cast<uint32_t>(value));
  const int32_t above =
      ef_shift_saturating(ef_saturating_multiply(ef_shift_left(value, lead - 1), kRoot), 1);
  const int32_t reduced = ef_saturating_multiply(value, kRoot);
  const int32_t room = ef_leading_zeros(static_cast<uint32_t>(reduced)) - 1;
  const int32_t below = ef_shift_saturating(value, room);
  const int32_t power_above = (12 - lead) * kOne + kQuarter;
  const int32_t power_below = (12 - room) * kOne - kQuarter;
  const int32_t power = power_above > power_below ? power_above : power_below;
  const int32_t rest = ef_logarithm_rest(above < below ? above : below);
  return ef_shift_saturating(ef_saturating_multiply(power, 1488522236) + rest, 1);
}

EF_KERNEL void ef_log_softmax(const EfLogSoftmax &s, const int8_t *in, int8_t *out) {
  for (int32_t row = 0; row < s.rows; ++row, in += s.depth, out += s.depth) {
    int32_t largest = INT32_MIN;
    for (int32_t i = 0; i < s.depth; ++i) largest = in[i] > largest ? in[i] : largest;
    int32_t sum = 0;
    for (int32_t i = 0; i < s.depth; ++i) {
      const int32_t scaled =
          ef_saturating_multiply(ef_shift_left(in[i] - largest, s.shift), s.multiplier);
      if (in[i] - largest >= s.smallest) sum += ef_divide_round(ef_exponential(scaled), 12);
    }
    const int32_t logarithm = ef_logarithm(sum);
    const int32_t reach = ef_scale(INT32_MIN + logarithm, s.back_multiplier, s.back_shift);
    const int32_t least = reach > s.smallest - 1 ? reach : s.smallest - 1;
    for (int32_t i = 0; i < s.depth; ++i) {
      const int32_t difference = in[i] - largest;
      const int32_t scaled =
          ef_saturating_multiply(ef_shift_left(difference, s.shift), s.multiplier);
      const int32_t value = ef_divide_round(scaled - logarithm, 22) + 127;
      const int32_t shown = difference > least ? value : -128;
      out[i] = static_cast<int8_t>(ef_clamp(shown, int32_t{-128}, int32_t{127}));
    }
  }
}
