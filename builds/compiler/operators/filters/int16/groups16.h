// Convolution of 16-bit inputs with 8-bit filters; taps outside the input count nothing.

template <typename Finish>
struct EfWide {
  EfWindow window;
  int32_t groups, group_in, group_out;
  const int8_t *weights;
  Finish finish;
  int32_t low, high;
};

template <typename Finish>
inline typename Finish::Sum ef_wide_sum(const EfWide<Finish> &c, const int16_t *in, int32_t y,
                                        int32_t x, int32_t f) {
  const EfWindow &w = c.window;
  const int8_t *weights = c.weights + f * w.k_h * w.k_w * c.group_in;
  typename Finish::Sum sum = 0;
  for (int32_t ky = 0; ky < w.k_h; ++ky) {
    const int32_t row = y * w.stride_h - w.pad_h + ky * w.dilation_h;
    for (int32_t kx = 0; kx < w.k_w; ++kx, weights += c.group_in) {
      const int32_t column = x * w.stride_w - w.pad_w + kx * w.dilation_w;
      if (row < 0 || row >= w.in_h || column < 0 || column >= w.in_w) continue;
      const int16_t *at = in + (row * w.in_w + column) * w.in_c + f / c.group_out * c.group_in;
      for (int32_t i = 0; i < c.group_in; ++i) sum += weights[i] * at[i];
    }
  }
  return sum;
}

template <typename Finish>
EF_KERNEL void ef_wide(const EfWide<Finish> &c, const int16_t *in, int16_t *out, bool backward) {
  const EfWindow &w = c.window;
  const int32_t channels = c.groups * c.group_out;
  for (int32_t i = 0; i < w.out_h; ++i) {
    const int32_t y = backward ? w.out_h - 1 - i : i;
    for (int32_t j = 0; j < w.out_w; ++j) {
      const int32_t x = backward ? w.out_w - 1 - j : j;
      int16_t *const to = out + (y * w.out_w + x) * channels;
      for (int32_t f = 0; f < channels; ++f) {
        const int32_t value = c.finish(ef_wide_sum(c, in, y, x, f), f);
        to[f] = static_cast<int16_t>(ef_clamp(value, c.low, c.high));
      }
    }
  }
}
