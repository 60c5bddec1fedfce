EF_KERNEL void ef_negate(const float *in, float *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) out[i] = -in[i];
}
