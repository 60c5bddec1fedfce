template <typename Softmax, typename T>
EF_KERNEL void ef_softmax(const Softmax &s, const int8_t *in, T *out) {
  for (int32_t row = 0; row < s.rows; ++row, in += s.depth, out += s.depth) {
    int32_t largest = -128;
    for (int32_t i = 0; i < s.depth; ++i) largest = in[i] > largest ? in[i] : largest;
    uint32_t sum = 0;  // in Q12.19; terms are never negative
    for (int32_t i = 0; i < s.depth; ++i) {
      sum += (static_cast<uint32_t>(s.term(in[i] - largest)) + (1u << 11)) >> 12;
    }
    const int32_t zeros = ef_leading_zeros(sum);
    const uint32_t fraction = (sum << zeros) - 0x80000000u;
    int32_t scale = ef_reciprocal(static_cast<int32_t>(fraction));
    int32_t right = 12 - zeros + 31 - 8 * static_cast<int32_t>(sizeof(T));
    if (right > 31) {  // beside so large a sum a single term is nothing
      scale = 0;
      right = 31;
    }
    const uint32_t half = 1u << (right - 1);
    for (int32_t i = 0; i < s.depth; ++i) {
      const int32_t part = ef_high_multiply(scale, s.term(in[i] - largest));
      const uint32_t steps = (static_cast<uint32_t>(part) + half) >> right;
      const int32_t value = static_cast<int32_t>(steps) + EfLimits<T>::kLowest;
      out[i] = static_cast<T>(value > EfLimits<T>::kHighest ? EfLimits<T>::kHighest : value);
    }
  }
}
