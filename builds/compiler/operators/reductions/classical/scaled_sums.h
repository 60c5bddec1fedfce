// Sums to a result of another scale, in TFLite's two rounding steps.
template <typename T>
EF_KERNEL void ef_sums_scaled(const int32_t *sums, T *out, int32_t count, int32_t multiplier, int32_t shift,
                              int32_t zero) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t value = ef_scale(sums[i], multiplier, shift) + zero;
    out[i] = static_cast<T>(ef_clamp(value, EfLimits<T>::kLowest, EfLimits<T>::kHighest));
  }
}
