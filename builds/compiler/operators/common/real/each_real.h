// A function of each element.
template <float (*kFunction)(float)>
EF_KERNEL void ef_each_real(const float *in, float *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) out[i] = kFunction(in[i]);
}
