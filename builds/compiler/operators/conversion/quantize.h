// Real numbers to integers, rounded to nearest, halves away from zero. What is not a number becomes the least.
template <typename T>
EF_KERNEL void ef_quantize(const float *in, T *out, int32_t count, float scale, int32_t zero) {
  constexpr float kBound = static_cast<float>(4 * (EfLimits<T>::kHighest + 1));
  for (int32_t i = 0; i < count; ++i) {
    const float value = in[i] / scale;
    const float bounded = value > kBound ? kBound : (value > -kBound ? value : -kBound);
    const int32_t whole = static_cast<int32_t>(bounded);
    const float rest = bounded - static_cast<float>(whole);
    const int32_t nearest = whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
    out[i] = static_cast<T>(ef_clamp(nearest + zero, EfLimits<T>::kLowest, EfLimits<T>::kHighest));
  }
}
