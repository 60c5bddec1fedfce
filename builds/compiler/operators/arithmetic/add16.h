// As EfAdd, with the bits that 16-bit operands leave.
struct EfAdd16 {
  int32_t multiplier_a, shift_a, multiplier_b, shift_b, multiplier, shift;
  int32_t zero_a, zero_b, zero, low, high;

  EF_OPERATOR int16_t operator()(int32_t a, int32_t b) const {
    const int32_t left = ef_scale_small((a - zero_a) * (1 << 15), multiplier_a, shift_a);
    const int32_t right = ef_scale_small((b - zero_b) * (1 << 15), multiplier_b, shift_b);
    const int32_t value = ef_scale_small(left + right, multiplier, shift) + zero;
    return static_cast<int16_t>(ef_clamp(value, low, high));
  }
};
