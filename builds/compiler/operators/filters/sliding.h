// The walk over the pixels of a depthwise convolution. A table holds the address of every tap; taps outside the
// input point to a pixel of zero points, so that borders need no code of their own. From one window that lies inside
// the input to the next one, all addresses move by the same distance.

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
  const int32_t size = w.k_h * w.k_w, last_y = w.out_h - 1, last_x = w.out_w - 1;
  const int32_t free_y = w.in_h - (w.k_h - 1) * w.dilation_h;  // windows from 0 to here lie inside
  const int32_t free_x = w.in_w - (w.k_w - 1) * w.dilation_w;
  const int32_t slide = (backward ? -w.stride_w : w.stride_w) * w.in_c;
  int8_t *to = backward ? out + (last_y * w.out_w + last_x) * w.in_c : out;
  for (int32_t i = 0; i <= last_y; ++i) {
    const int32_t y = (backward ? last_y - i : i) * w.stride_h - w.pad_h;
    bool inside = false;
    for (int32_t j = 0; j <= last_x; ++j) {
      const int32_t x = (backward ? last_x - j : j) * w.stride_w - w.pad_w;
      const bool slides = inside;
      inside = y >= 0 && y < free_y && x >= 0 && x < free_x;
      if (slides && inside) {
        ef_slide(taps, size, slide);
      } else {
        ef_depthwise_taps(w, in, d.outside, y, x, taps);
      }
      ef_depthwise_pixel(d, taps, to);
      to += backward ? -w.in_c : w.in_c;
    }
  }
}
