// Weighted squares of distances to centres, the least of them, and its root.

template <typename Value, typename Centre, typename Weight>
EF_KERNEL int64_t ef_least(const Centre *centre, const Weight *weight, const int64_t *offset, const Value *x,
                           int32_t count, int32_t width, int32_t finer) {
  int64_t least = INT64_MAX;
  for (int32_t number = 0; number < count; ++number, centre += width, weight += width) {
    int64_t total = offset[number];
    for (int32_t i = 0; i < width; ++i) {
      const int32_t apart = x[i] * (1 << finer) - centre[i];
      const uint32_t size = static_cast<uint32_t>(apart < 0 ? -apart : apart);
      total += static_cast<int64_t>(static_cast<uint64_t>(size * size) * static_cast<uint32_t>(weight[i]));
    }
    least = total < least ? total : least;
  }
  return least;
}

[[maybe_unused]] inline int32_t ef_bounded(int64_t value) {
  constexpr int32_t kLargest = (1 << 30) - 1;
  return value > kLargest ? kLargest : (value < -kLargest ? -kLargest : static_cast<int32_t>(value));
}

// The whole root of a number that is not negative, one bit at a time.
[[maybe_unused]] inline int64_t ef_root(int64_t value) {
  uint64_t rest = static_cast<uint64_t>(value), root = 0;
  for (uint64_t bit = uint64_t{1} << 62; bit != 0; bit >>= 2) {
    const bool fits = rest >= root + bit;
    if (fits) rest -= root + bit;
    root = (root >> 1) + (fits ? bit : 0);
  }
  return static_cast<int64_t>(root);
}

template <typename T>
EF_KERNEL void ef_score(int32_t value, T *out, int32_t multiplier, int32_t shift, int32_t zero) {
  const int32_t score = ef_scale(value, multiplier, shift) + zero;
  *out = static_cast<T>(ef_clamp(score, EfLimits<T>::kLowest, EfLimits<T>::kHighest));
}
