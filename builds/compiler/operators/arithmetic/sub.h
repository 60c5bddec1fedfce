// Both operands go to a common, finer scale before one is taken from the other.
template <typename T>
struct EfSub {
  static constexpr int32_t kLeft = sizeof(T) == 1 ? 20 : 15;  // bits that operands gain
  int32_t multiplier_a, shift_a, multiplier_b, shift_b, multiplier, shift;
  int32_t zero_a, zero_b, zero, low, high;

  EF_OPERATOR T operator()(int32_t a, int32_t b) const {
    const int32_t left = ef_scale_small((a - zero_a) * (1 << kLeft), multiplier_a, shift_a);
    const int32_t right = ef_scale_small((b - zero_b) * (1 << kLeft), multiplier_b, shift_b);
    const int32_t value = ef_scale_small(left - right, multiplier, shift) + zero;
    return static_cast<T>(ef_clamp(value, low, high));
  }
};
