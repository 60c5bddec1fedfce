// Transposed convolution, gathered: each output element sums the inputs whose filters reach it.

struct EfTransposeConv {
  int32_t batches, in_h, in_w, in_c, out_h, out_w, out_c, k_h, k_w, stride_h, stride_w, pad_h, pad_w;
  int32_t zero;  // zero point of the input
  const int8_t *weights;
  EfOutput finish;
};

[[maybe_unused]] inline int32_t ef_transpose_row(const EfTransposeConv &c, const int8_t *row,
                                                 const int8_t *weights, int32_t x) {
  int32_t sum = 0;
  for (int32_t at = 0; at < c.in_w; ++at, row += c.in_c) {
    const int32_t tap = x + c.pad_w - at * c.stride_w;
    if (tap < 0) break;
    if (tap >= c.k_w) continue;
    const int8_t *w = weights + tap * c.in_c;
    for (int32_t i = 0; i < c.in_c; ++i) sum += (row[i] - c.zero) * w[i];
  }
  return sum;
}

[[maybe_unused]] inline int32_t ef_transpose_sum(const EfTransposeConv &c, const int8_t *in,
                                                 int32_t y, int32_t x, int32_t channel) {
  int32_t sum = c.finish.bias[channel];
  const int8_t *weights = c.weights + channel * c.k_h * c.k_w * c.in_c;
  for (int32_t at = 0; at < c.in_h; ++at, in += c.in_w * c.in_c) {
    const int32_t tap = y + c.pad_h - at * c.stride_h;
    if (tap < 0) break;
    if (tap < c.k_h) sum += ef_transpose_row(c, in, weights + tap * c.k_w * c.in_c, x);
  }
  return sum;
}

EF_KERNEL void ef_transpose_conv(const EfTransposeConv &c, const int8_t *in, int8_t *out) {
  for (int32_t b = 0; b < c.batches; ++b, in += c.in_h * c.in_w * c.in_c) {
    for (int32_t y = 0; y < c.out_h; ++y) {
      for (int32_t x = 0; x < c.out_w; ++x) {
        for (int32_t o = 0; o < c.out_c; ++o)
          *out++ = ef_output_of(c.finish, o, ef_transpose_sum(c, in, y, x, o));
      }
    }
  }
}
