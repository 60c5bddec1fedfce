// Sums of several tensors of real numbers, in their order.
template <typename... In>
EF_KERNEL void ef_add_n_real(float *out, int32_t count, const In *...in) {
  for (int32_t i = 0; i < count; ++i) {
    float sum = 0.0f;
    ((sum += in[i]), ...);
    out[i] = sum;
  }
}
