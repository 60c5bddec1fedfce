// Below zero, a slope.
EF_KERNEL void ef_leaky_real(const float *in, float *out, int32_t count, float slope) {
  for (int32_t i = 0; i < count; ++i) out[i] = in[i] > 0.0f ? in[i] : in[i] * slope;
}
