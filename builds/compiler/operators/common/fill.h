// The same value everywhere.
template <typename T>
EF_KERNEL void ef_fill(T *out, int32_t count, T value) {
  for (int32_t i = 0; i < count; ++i) out[i] = value;
}
