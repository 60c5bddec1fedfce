struct EfSquaredDifference {
  int32_t multiplier_a, shift_a, multiplier_b, shift_b, multiplier, shift;
  int32_t zero_a, zero_b, zero;

  EF_OPERATOR int8_t operator()(int32_t a, int32_t b) const {
    const int32_t left = ef_scale_small((a - zero_a) * (1 << 7), multiplier_a, shift_a);
    const int32_t right = ef_scale_small((b - zero_b) * (1 << 7), multiplier_b, shift_b);
    const int32_t difference = left - right;
    const int32_t value = ef_scale_small(difference * difference, multiplier, shift) + zero;
    return static_cast<int8_t>(ef_clamp(value, int32_t{-128}, int32_t{127}));
  }
};
