template <typename T>
struct EfMul {
  int32_t multiplier, shift;
  int32_t zero_a, zero_b, zero, low, high;

  EF_OPERATOR T operator()(int32_t a, int32_t b) const {
    const int32_t product = (a - zero_a) * (b - zero_b);  // of 16-bit operands it may be 2^30
    const int32_t value = sizeof(T) == 1 ? ef_scale_small(product, multiplier, shift)
                                         : ef_scale(product, multiplier, shift);
    return static_cast<T>(ef_clamp(value + zero, low, high));
  }
};
