// Depthwise convolutions of real numbers: each sum is built in the order of its taps.

struct EfDepthwiseReal {
  EfWindow window;
  int32_t filters;  // of each channel
  const float *weights;
  const float *bias;
  float low, high;
};

template <int32_t kFilters>
[[maybe_unused]] inline void ef_channels_real(const EfDepthwiseReal &c, const float *in, int32_t y, int32_t x,
                                              int32_t first, float *out) {
  const EfWindow &w = c.window;
  const int32_t all = w.in_c * c.filters;
  const float *weights = c.weights + first;
  float sums[kFilters];
  EF_UNROLL
  for (int32_t f = 0; f < kFilters; ++f) sums[f] = 0.0f;
  for (int32_t row = 0; row < w.k_h; ++row) {
    const int32_t in_y = y + row * w.dilation_h;
    for (int32_t column = 0; column < w.k_w; ++column, weights += all) {
      const int32_t in_x = x + column * w.dilation_w;
      if (in_y < 0 || in_y >= w.in_h || in_x < 0 || in_x >= w.in_w) continue;
      const float *const at = in + (in_y * w.in_w + in_x) * w.in_c;
      EF_UNROLL
      for (int32_t f = 0; f < kFilters; ++f) {
        const int32_t channel = c.filters == 1 ? first + f : (first + f) / c.filters;
        sums[f] += at[channel] * weights[f];
      }
    }
  }
  EF_UNROLL
  for (int32_t f = 0; f < kFilters; ++f) out[first + f] = ef_clamp(sums[f] + c.bias[first + f], c.low, c.high);
}

EF_KERNEL void ef_depthwise_real(const EfDepthwiseReal &c, const float *in, float *out) {
  const EfWindow &w = c.window;
  const int32_t all = w.in_c * c.filters;
  for (int32_t y = 0; y < w.out_h; ++y) {
    for (int32_t x = 0; x < w.out_w; ++x, out += all) {
      const int32_t top = y * w.stride_h - w.pad_h;
      const int32_t left = x * w.stride_w - w.pad_w;
      int32_t first = 0;
      for (; first + 4 <= all; first += 4) ef_channels_real<4>(c, in, top, left, first, out);
      for (; first < all; ++first) ef_channels_real<1>(c, in, top, left, first, out);
    }
  }
}
