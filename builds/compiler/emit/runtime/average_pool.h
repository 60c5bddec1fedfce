// Quotient of `count`, halves away from zero. Cores without a divider get shifts and subtractions.
[[maybe_unused]] inline int32_t ef_mean(int32_t sum, int32_t count) {
  const uint32_t size = static_cast<uint32_t>(sum < 0 ? -sum : sum);
  const uint32_t divisor = static_cast<uint32_t>(count);
  uint32_t rest = size + divisor / 2u;
#if defined(__ARM_ARCH_6M__)
  uint32_t quotient = 0;
  int32_t bit = 0;
  while ((divisor << (bit + 1)) <= rest && bit < 16) ++bit;
  for (; bit >= 0; --bit) {
    if (rest >= divisor << bit) {
      rest -= divisor << bit;
      quotient |= 1u << bit;
    }
  }
#else
  const uint32_t quotient = rest / divisor;
#endif
  return sum > 0 ? static_cast<int32_t>(quotient) : -static_cast<int32_t>(quotient);
}

template <typename T>
inline T ef_average(const EfPool &p, const T *in, EfSpan rows, EfSpan columns) {
  const EfWindow &w = p.window;
  int32_t sum = 0;
  for (int32_t y = rows.first; y < rows.last; ++y) {
    const T *at = in + (y * w.in_w + columns.first) * w.in_c;
    for (int32_t x = columns.first; x < columns.last; ++x, at += w.in_c) sum += *at;
  }
  const int32_t count = (rows.last - rows.first) * (columns.last - columns.first);
  return static_cast<T>(ef_clamp(ef_mean(sum, count), p.low, p.high));
}

template <typename T>
EF_KERNEL void ef_average_pool(const EfPool &p, const T *in, T *out) {
  const EfWindow &w = p.window;
  for (int32_t y = 0; y < w.out_h; ++y) {
    const EfSpan rows = ef_span(y * w.stride_h - w.pad_h, w.k_h, w.in_h);
    for (int32_t x = 0; x < w.out_w; ++x) {
      const EfSpan columns = ef_span(x * w.stride_w - w.pad_w, w.k_w, w.in_w);
      for (int32_t c = 0; c < w.in_c; ++c) *out++ = ef_average(p, in + c, rows, columns);
    }
  }
}
