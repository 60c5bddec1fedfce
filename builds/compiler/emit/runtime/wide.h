// Convolution of 16-bit inputs with 8-bit filters; taps outside the input count nothing.

template <typename Sum>
struct EfWide {
  EfWindow window;
  int32_t groups, group_in, group_out;
  const int8_t *weights;
  const int32_t *bias;
  const int16_t *multiplier;
  const int8_t *shift;
  int32_t step;  // 0 when one multiplier serves all channels
  int32_t low, high;
};

template <typename Sum>
inline Sum ef_wide_sum(const EfWide<Sum> &c, const int16_t *in, int32_t y, int32_t x, int32_t f) {
  const EfWindow &w = c.window;
  const int8_t *weights = c.weights + f * w.k_h * w.k_w * c.group_in;
  Sum sum = c.bias[f];
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

template <typename Sum>
EF_KERNEL void ef_wide(const EfWide<Sum> &c, const int16_t *in, int16_t *out) {
  const EfWindow &w = c.window;
  for (int32_t y = 0; y < w.out_h; ++y) {
    for (int32_t x = 0; x < w.out_w; ++x) {
      for (int32_t f = 0; f < c.groups * c.group_out; ++f) {
        const Sum sum = ef_wide_sum(c, in, y, x, f);
        const int32_t at = f * c.step;
        const int32_t value = ef_scale_wide(sum, c.multiplier[at], c.shift[at]);
        *out++ = static_cast<int16_t>(ef_clamp(value, c.low, c.high));
      }
    }
  }
}
