// Below zero the second operand is the slope.
struct EfPrelu {
  int32_t multiplier_above, shift_above, multiplier_below, shift_below;
  int32_t zero_a, zero_b, zero;

  EF_OPERATOR int8_t operator()(int32_t a, int32_t b) const {
    const int32_t x = a - zero_a;
    const int32_t scaled = x >= 0 ? ef_scale(x, multiplier_above, shift_above)
                                  : ef_scale(x * (b - zero_b), multiplier_below, shift_below);
    return static_cast<int8_t>(ef_clamp(scaled + zero, int32_t{-128}, int32_t{127}));
  }
};
