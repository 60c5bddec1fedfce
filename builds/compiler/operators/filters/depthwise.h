// The walk over the pixels of a depthwise convolution. A table holds the address of every tap; taps outside the
// input point to a pixel of zero points, so that borders need no code of their own.

[[maybe_unused]] inline void ef_depthwise_taps(const EfWindow &w, const int8_t *in,
                                               const int8_t *outside, int32_t y, int32_t x,
                                               const int8_t **taps) {
  for (int32_t ky = 0; ky < w.k_h; ++ky, y += w.dilation_h) {
    const bool row_inside = y >= 0 && y < w.in_h;
    int32_t at = x;
    for (int32_t kx = 0; kx < w.k_w; ++kx, at += w.dilation_w) {
      const bool inside = row_inside && at >= 0 && at < w.in_w;
      *taps++ = inside ? in + (y * w.in_w + at) * w.in_c : outside;
    }
  }
}

EF_KERNEL void ef_depthwise(const EfDepthwise &d, const int8_t *in, int8_t *out,
                            const int8_t **taps, bool backward) {
  const EfWindow &w = d.window;
  const int32_t last_y = w.out_h - 1;
  const int32_t last_x = w.out_w - 1;
  for (int32_t i = 0; i <= last_y; ++i) {
    const int32_t y = backward ? last_y - i : i;
    for (int32_t j = 0; j <= last_x; ++j) {
      const int32_t x = backward ? last_x - j : j;
      ef_depthwise_taps(w, in, d.outside, y * w.stride_h - w.pad_h, x * w.stride_w - w.pad_w, taps);
      ef_depthwise_pixel(d, taps, out + (y * w.out_w + x) * w.in_c);
    }
  }
}
