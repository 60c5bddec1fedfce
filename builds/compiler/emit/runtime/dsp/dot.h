// The sum of products of two rows, which may begin at any address; one that leaves 32 bits wraps, as TFLM's does.

template <typename T>
[[maybe_unused]] inline uint32_t ef_word(const T *at) {
  return *reinterpret_cast<const EfUnaligned *>(at);
}

[[maybe_unused]] inline int32_t ef_dot(const int8_t *a, const int8_t *b, int32_t count) {
  int32_t sum = 0;
  for (; count >= 4; count -= 4, a += 4, b += 4) {
    const uint32_t left = ef_word(a), right = ef_word(b);
    sum = ef_dual(ef_even_bytes(left), ef_even_bytes(right), sum);
    sum = ef_dual(ef_odd_bytes(left), ef_odd_bytes(right), sum);
  }
  for (; count > 0; --count) sum = ef_wrapping_sum(sum, *a++ * *b++);
  return sum;
}

[[maybe_unused]] inline int32_t ef_dot(const int16_t *a, const int16_t *b, int32_t count) {
  int32_t sum = 0;
  for (; count >= 4; count -= 4, a += 4, b += 4) {
    sum = ef_dual(ef_word(a), ef_word(b), sum);
    sum = ef_dual(ef_word(a + 2), ef_word(b + 2), sum);
  }
  for (; count > 0; --count) sum = ef_wrapping_sum(sum, *a++ * *b++);
  return sum;
}
