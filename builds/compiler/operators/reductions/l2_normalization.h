// Rows divided by their Euclidean length, in 1/128; the reciprocal root by five steps of Newton's method.

struct EfL2Norm {
  int32_t rows, depth, zero;
};

struct EfRoot {
  int32_t multiplier, shift;
};

// value * 2^by with saturation.
[[maybe_unused]] inline int32_t ef_root_shift(int32_t value, int32_t by) {
  const int32_t limit = INT32_MAX >> by;
  if (value > limit) return INT32_MAX;
  if (value < -limit - 1) return INT32_MIN;
  return static_cast<int32_t>(static_cast<uint32_t>(value) << by);
}

// 1 / sqrt(square) as multiplier * 2^(shift - 31).
[[maybe_unused]] inline EfRoot ef_inverse_root(int32_t square) {
  if (square <= 1) return EfRoot{INT32_MAX, 0};
  int32_t shift = 11;
  for (; square >= 1 << 29; square >>= 2) ++shift;
  // As many pairs of bits to the left as leave two bits of head room.
  for (; square < 1 << 27; square <<= 2) --shift;
  const int32_t half = ef_divide_round(square >> 1, 1);
  constexpr int32_t kThreeHalves = (1 << 28) + (1 << 27);
  int32_t x = 1 << 28;
  for (int32_t i = 0; i < 5; ++i) {
    const int32_t cube = ef_root_shift(ef_high_multiply(ef_high_multiply(x, x), x), 6);
    x = ef_root_shift(ef_high_multiply(kThreeHalves, x) - ef_high_multiply(half, cube), 3);
  }
  x = ef_high_multiply(x, 1518500250);
  return shift < 0 ? EfRoot{x << -shift, 0} : EfRoot{x, -shift};
}

EF_KERNEL void ef_l2_norm(const EfL2Norm &n, const int8_t *in, int8_t *out) {
  for (int32_t row = 0; row < n.rows; ++row, in += n.depth, out += n.depth) {
    int32_t square = 0;
    for (int32_t i = 0; i < n.depth; ++i) square += (in[i] - n.zero) * (in[i] - n.zero);
    const EfRoot root = ef_inverse_root(square);
    for (int32_t i = 0; i < n.depth; ++i) {
      const int32_t value = ef_scale(in[i] - n.zero, root.multiplier, root.shift + 7);
      out[i] = static_cast<int8_t>(ef_clamp(value, int32_t{-128}, int32_t{127}));
    }
  }
}
