template <typename T>
inline T ef_largest(const EfPool &p, const T *in, EfSpan rows, EfSpan columns) {
  const EfWindow &w = p.window;
  int32_t largest = EfLimits<T>::kLowest;
  for (int32_t y = rows.first; y < rows.last; ++y) {
    const T *at = in + (y * w.in_w + columns.first) * w.in_c;
    for (int32_t x = columns.first; x < columns.last; ++x, at += w.in_c) {
      largest = *at > largest ? *at : largest;
    }
  }
  return static_cast<T>(ef_clamp(largest, p.low, p.high));
}

template <typename T>
EF_KERNEL void ef_max_pool(const EfPool &p, const T *in, T *out) {
  const EfWindow &w = p.window;
  for (int32_t y = 0; y < w.out_h; ++y) {
    const EfSpan rows = ef_span(y * w.stride_h - w.pad_h, w.k_h, w.in_h);
    for (int32_t x = 0; x < w.out_w; ++x) {
      const EfSpan columns = ef_span(x * w.stride_w - w.pad_w, w.k_w, w.in_w);
      for (int32_t c = 0; c < w.in_c; ++c) *out++ = ef_largest(p, in + c, rows, columns);
    }
  }
}
