// Depthwise convolution of 16-bit inputs with 8-bit filters, four channels at a time and the last ones alone; taps
// outside the input count nothing.

template <typename Finish>
struct EfWideDepthwise {
  EfWindow window;
  const int8_t *weights;  // taps, each with all channels
  Finish finish;
  int32_t low, high;
};

// Of the taps of one axis, those that lie inside the input.
struct EfTaps {
  int32_t first, last;
};

[[maybe_unused]] inline EfTaps ef_taps(int32_t at, int32_t taps, int32_t dilation, int32_t size) {
  EfTaps t = {0, taps};
  while (t.first < taps && at + t.first * dilation < 0) ++t.first;
  while (t.last > t.first && at + (t.last - 1) * dilation >= size) --t.last;
  return t;
}

template <typename Finish>
EF_KERNEL void ef_wide_depthwise_pixel(const EfWideDepthwise<Finish> &d, const int16_t *in, EfTaps rows,
                                       EfTaps columns, int16_t *out) {
  const EfWindow &w = d.window;
  const int32_t channels = w.in_c, hop = w.dilation_w * channels;
  const int32_t across = w.dilation_h * w.in_w * channels;
  for (int32_t channel = 0, count = 4; channel < channels; channel += count) {
    if (channels - channel < 4) count = 1;
    int32_t sums[4];
    for (int32_t &sum : sums) sum = 0;
    for (int32_t ky = rows.first; ky < rows.last; ++ky) {
      const int8_t *weights = d.weights + (ky * w.k_w + columns.first) * channels + channel;
      const int16_t *at = in + ky * across + columns.first * hop + channel;
      int32_t taps = columns.last - columns.first;
      if (count == 4) {
        ef_wide_taps(weights, at, channels, hop, taps, sums);
      } else {
        for (; taps > 0; --taps, at += hop, weights += channels) sums[0] += *at * *weights;
      }
    }
    for (int32_t i = 0; i < count; ++i) {
      const int32_t value = d.finish(typename Finish::Sum{sums[i]}, channel + i);
      *out++ = static_cast<int16_t>(ef_clamp(value, d.low, d.high));
    }
  }
}

template <typename Finish>
EF_KERNEL void ef_wide_depthwise(const EfWideDepthwise<Finish> &d, const int16_t *in, int16_t *out,
                                 bool backward) {
  const EfWindow &w = d.window;
  for (int32_t i = 0; i < w.out_h; ++i) {
    const int32_t row = backward ? w.out_h - 1 - i : i, y = row * w.stride_h - w.pad_h;
    const EfTaps rows = ef_taps(y, w.k_h, w.dilation_h, w.in_h);
    for (int32_t j = 0; j < w.out_w; ++j) {
      const int32_t column = backward ? w.out_w - 1 - j : j, x = column * w.stride_w - w.pad_w;
      const EfTaps columns = ef_taps(x, w.k_w, w.dilation_w, w.in_w);
      ef_wide_depthwise_pixel(d, in + (y * w.in_w + x) * w.in_c, rows, columns,
                              out + (row * w.out_w + column) * w.in_c);
    }
  }
}
