// Integers to real numbers.
template <typename T>
EF_KERNEL void ef_dequantize(const T *in, float *out, int32_t count, float scale, int32_t zero) {
  for (int32_t i = 0; i < count; ++i) out[i] = static_cast<float>(in[i] - zero) * scale;
}
