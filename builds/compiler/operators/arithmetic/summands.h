// Sums of several tensors of int8, each brought to the same scale as TFLM brings it.

struct EfAddN {
  int32_t zero_in, multiplier, shift, zero;
};

template <typename... In>
EF_KERNEL void ef_add_n(const EfAddN &a, int8_t *out, int32_t count, const In *...in) {
  const int32_t none = ef_scale((-a.zero_in) * (1 << 20), 1 << 30, 0);
  for (int32_t i = 0; i < count; ++i) {
    int32_t sum = none;
    ((sum += ef_scale((in[i] - a.zero_in) * (1 << 20), 1 << 30, 0)), ...);
    const int32_t value = ef_scale(sum, a.multiplier, a.shift) + a.zero;
    out[i] = static_cast<int8_t>(ef_clamp(value, int32_t{-128}, int32_t{127}));
  }
}
