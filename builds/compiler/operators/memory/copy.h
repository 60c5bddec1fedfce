// Copy as it is.
template <typename T>
EF_KERNEL void ef_copy(const T *in, T *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) out[i] = in[i];
}
