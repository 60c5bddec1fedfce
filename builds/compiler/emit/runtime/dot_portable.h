// The sum of products of two rows.
template <typename A, typename B>
[[maybe_unused]] inline int32_t ef_dot(const A *a, const B *b, int32_t count) {
  int32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}
