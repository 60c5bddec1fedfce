template <typename T>
struct EfMul {
  int32_t multiplier, shift;
  int32_t zero_a, zero_b, zero, low, high;

  EF_OPERATOR T operator()(int32_t a, int32_t b) const {
    const int32_t value = ef_scale((a - zero_a) * (b - zero_b), multiplier, shift) + zero;
    return static_cast<T>(ef_clamp(value, low, high));
  }
};
