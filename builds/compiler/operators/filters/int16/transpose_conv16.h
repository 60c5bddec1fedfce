// Transposed convolution of 16-bit elements, gathered; sums of 64 bits.

struct EfTransposeConv16 {
  int32_t batches, in_h, in_w, in_c, out_h, out_w, out_c, k_h, k_w, stride_h, stride_w, pad_h, pad_w;
  const int8_t *weights;
  const int32_t *bias;
  const int16_t *multiplier;
  const int8_t *right;
  int32_t step;  // 0 when one multiplier serves all channels
  int32_t low, high;
};

[[maybe_unused]] inline int64_t ef_transpose_row16(const EfTransposeConv16 &c, const int16_t *row,
                                                   const int8_t *weights, int32_t x) {
  int64_t sum = 0;
  for (int32_t at = 0; at < c.in_w; ++at, row += c.in_c) {
    const int32_t tap = x + c.pad_w - at * c.stride_w;
    if (tap < 0) break;
    if (tap >= c.k_w) continue;
    const int8_t *w = weights + tap * c.in_c;
    for (int32_t i = 0; i < c.in_c; ++i) sum += row[i] * w[i];
  }
  return sum;
}

[[maybe_unused]] inline int64_t ef_transpose_sum16(const EfTransposeConv16 &c, const int16_t *in,
                                                   int32_t y, int32_t x, int32_t channel) {
  int64_t sum = c.bias[channel];
  const int8_t *weights = c.weights + channel * c.k_h * c.k_w * c.in_c;
  for (int32_t at = 0; at < c.in_h; ++at, in += c.in_w * c.in_c) {
    const int32_t tap = y + c.pad_h - at * c.stride_h;
    if (tap < 0) break;
    if (tap < c.k_h) sum += ef_transpose_row16(c, in, weights + tap * c.k_w * c.in_c, x);
  }
  return sum;
}

EF_KERNEL void ef_transpose_conv16(const EfTransposeConv16 &c, const int16_t *in, int16_t *out) {
  for (int32_t b = 0; b < c.batches; ++b, in += c.in_h * c.in_w * c.in_c) {
    for (int32_t y = 0; y < c.out_h; ++y) {
      for (int32_t x = 0; x < c.out_w; ++x) {
        for (int32_t o = 0; o < c.out_c; ++o) {
          const int64_t sum = ef_transpose_sum16(c, in, y, x, o);
          const int32_t value = ef_scale_wide(sum, c.multiplier[o * c.step], c.right[o * c.step]);
          *out++ = static_cast<int16_t>(ef_clamp<int32_t>(value, c.low, c.high));
        }
      }
    }
  }
}
