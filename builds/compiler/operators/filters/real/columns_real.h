// Convolutions, dense layers and transposed convolutions of real numbers. Each sum is built in the order of its taps;
// four filters go together, whose weights lie side by side, and what they leave goes one by one.

struct EfConvReal {
  EfWindow window;
  int32_t groups, depth, filters;  // channels and filters of one group
  const float *weights;
  const float *bias;
  float low, high;
};

template <int32_t kFilters>
[[maybe_unused]] inline void ef_add_taps_real(const float *in, int32_t depth, const float *weights, float *sums) {
  for (int32_t i = 0; i < depth; ++i, weights += kFilters) {
    const float value = in[i];
    EF_UNROLL
    for (int32_t f = 0; f < kFilters; ++f) sums[f] += value * weights[f];
  }
}

// The filters at `first`, which is counted over all groups, for the window at `y` and `x`.
template <int32_t kFilters>
[[maybe_unused]] inline void ef_filters_real(const EfConvReal &c, const float *in, int32_t y, int32_t x, int32_t first,
                                             float *out) {
  const EfWindow &w = c.window;
  const float *weights = c.weights + first * w.k_h * w.k_w * c.depth;
  float sums[kFilters];
  EF_UNROLL
  for (int32_t f = 0; f < kFilters; ++f) sums[f] = 0.0f;
  for (int32_t row = 0; row < w.k_h; ++row) {
    const int32_t in_y = y + row * w.dilation_h;
    for (int32_t column = 0; column < w.k_w; ++column, weights += kFilters * c.depth) {
      const int32_t in_x = x + column * w.dilation_w;
      if (in_y < 0 || in_y >= w.in_h || in_x < 0 || in_x >= w.in_w) continue;
      ef_add_taps_real<kFilters>(in + (in_y * w.in_w + in_x) * w.in_c, c.depth, weights, sums);
    }
  }
  EF_UNROLL
  for (int32_t f = 0; f < kFilters; ++f) out[first + f] = ef_clamp(sums[f] + c.bias[first + f], c.low, c.high);
}

EF_KERNEL void ef_conv_real(const EfConvReal &c, const float *in, float *out) {
  const EfWindow &w = c.window;
  for (int32_t y = 0; y < w.out_h; ++y) {
    for (int32_t x = 0; x < w.out_w; ++x, out += c.groups * c.filters) {
      const int32_t top = y * w.stride_h - w.pad_h;
      const int32_t left = x * w.stride_w - w.pad_w;
      for (int32_t group = 0; group < c.groups; ++group) {
        const float *const part = in + group * c.depth;
        const int32_t end = (group + 1) * c.filters;
        int32_t first = group * c.filters;
        for (; first + 4 <= end; first += 4) ef_filters_real<4>(c, part, top, left, first, out);
        for (; first < end; ++first) ef_filters_real<1>(c, part, top, left, first, out);
      }
    }
  }
}
