// The sum of products of two rows; one that leaves 32 bits wraps, as TFLM's does.
template <typename A, typename B>
[[maybe_unused]] inline int32_t ef_dot(const A *a, const B *b, int32_t count) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) sum += static_cast<uint32_t>(a[i] * b[i]);
  return static_cast<int32_t>(sum);
}
