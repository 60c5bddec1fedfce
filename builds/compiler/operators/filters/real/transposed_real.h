// Transposed convolutions of real numbers: an output collects what TFLM spreads, in the same order.

template <int32_t kFilters>
[[maybe_unused]] inline void ef_collect_real(const EfConvReal &c, const float *in, int32_t y, int32_t x, int32_t first,
                                             float *out) {
  const EfWindow &w = c.window;
  const float *const weights = c.weights + first * w.k_h * w.k_w * c.depth;
  float sums[kFilters];
  EF_UNROLL
  for (int32_t f = 0; f < kFilters; ++f) sums[f] = 0.0f;
  for (int32_t in_y = 0; in_y < w.in_h; ++in_y) {
    const int32_t row = y + w.pad_h - in_y * w.stride_h;
    if (row < 0 || row >= w.k_h) continue;
    for (int32_t in_x = 0; in_x < w.in_w; ++in_x) {
      const int32_t column = x + w.pad_w - in_x * w.stride_w;
      if (column < 0 || column >= w.k_w) continue;
      const float *const taps = weights + (row * w.k_w + column) * c.depth * kFilters;
      ef_add_taps_real<kFilters>(in + (in_y * w.in_w + in_x) * w.in_c, c.depth, taps, sums);
    }
  }
  EF_UNROLL
  for (int32_t f = 0; f < kFilters; ++f) out[first + f] = ef_clamp(sums[f] + c.bias[first + f], c.low, c.high);
}

EF_KERNEL void ef_transposed_real(const EfConvReal &c, const float *in, float *out) {
  const EfWindow &w = c.window;
  for (int32_t y = 0; y < w.out_h; ++y) {
    for (int32_t x = 0; x < w.out_w; ++x, out += c.filters) {
      int32_t first = 0;
      for (; first + 4 <= c.filters; first += 4) ef_collect_real<4>(c, in, y, x, first, out);
      for (; first < c.filters; ++first) ef_collect_real<1>(c, in, y, x, first, out);
    }
  }
}
