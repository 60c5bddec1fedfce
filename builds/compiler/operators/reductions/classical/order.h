// Real numbers as integers in the same order: comparisons need no floating-point unit. What is not a number is last.
EF_KERNEL void ef_order(const float *in, int32_t *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t bits = __builtin_bit_cast(int32_t, in[i]);
    const int32_t size = bits & INT32_MAX;
    const int32_t value = bits < 0 ? ~size : size;
    out[i] = size > 0x7f800000 ? INT32_MAX : value;
  }
}
