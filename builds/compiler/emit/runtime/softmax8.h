template <typename T>
inline T ef_softmax_value(int32_t scale, int32_t term, int32_t right) {
  const int32_t value = ef_divide_round(ef_saturating_multiply(scale, term), right) + EfLimits<T>::kLowest;
  return static_cast<T>(ef_clamp(value, EfLimits<T>::kLowest, EfLimits<T>::kHighest));
}

template <typename T>
EF_KERNEL void ef_softmax(const EfSoftmax &s, const int8_t *in, T *out) {
  for (int32_t row = 0; row < s.rows; ++row, in += s.depth, out += s.depth) {
    int32_t largest = -128;
    for (int32_t i = 0; i < s.depth; ++i) largest = in[i] > largest ? in[i] : largest;
    int32_t sum = 0;
    for (int32_t i = 0; i < s.depth; ++i) {
      const int32_t difference = in[i] - largest;
      if (difference >= s.smallest) sum += ef_divide_round(ef_softmax_term(s, difference), 12);
    }
    const int32_t zeros = ef_leading_zeros(static_cast<uint32_t>(sum));
    const uint32_t fraction = (static_cast<uint32_t>(sum) << zeros) - 0x80000000u;
    const int32_t scale = ef_reciprocal(static_cast<int32_t>(fraction));
    for (int32_t i = 0; i < s.depth; ++i) {
      const int32_t difference = in[i] - largest;
      const int32_t right = 12 - zeros + 31 - 8 * static_cast<int32_t>(sizeof(T));
      out[i] = difference >= s.smallest
                   ? ef_softmax_value<T>(scale, ef_softmax_term(s, difference), right)
                   : static_cast<T>(EfLimits<T>::kLowest);
    }
  }
}
