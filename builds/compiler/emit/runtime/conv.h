// Convolution: the window under an output pixel is copied to a column, and columns are multiplied with the
// filters two pixels at a time. Taps outside the input hold its zero point, whose products the bias takes back.

struct EfPosition {
  int32_t y, x;
};

[[maybe_unused]] inline void ef_step(EfPosition &at, int32_t width, bool backward) {
  if (backward) {
    if (--at.x < 0) {
      at.x = width - 1;
      --at.y;
    }
  } else if (++at.x == width) {
    at.x = 0;
    ++at.y;
  }
}

// Copy one row of the window: `left` taps outside, then those inside, then those outside on the right.
[[maybe_unused]] inline EfCell *ef_fill_row(EfCell *to, const EfWindow &w, const int8_t *row,
                                            int32_t x, int32_t zero) {
  const int32_t left = ef_clamp(-x, int32_t{0}, w.k_w);
  const int32_t right = ef_clamp(x + w.k_w - w.in_w, int32_t{0}, w.k_w - left);
  if (left + right == 0) return ef_copy(to, row + x * w.in_c, w.k_w * w.in_c);
  to = ef_fill(to, left * w.in_c, zero);
  to = ef_copy(to, row + (x + left) * w.in_c, (w.k_w - left - right) * w.in_c);
  return ef_fill(to, right * w.in_c, zero);
}

EF_KERNEL void ef_fill_column(EfCell *to, const EfConv &c, const int8_t *in, EfPosition at,
                              int32_t group) {
  const EfWindow &w = c.window;
  const bool whole = w.dilation_w == 1 && c.groups == 1;
  const int32_t x = at.x * w.stride_w - w.pad_w;
  int32_t y = at.y * w.stride_h - w.pad_h;
  for (int32_t ky = 0; ky < w.k_h; ++ky, y += w.dilation_h) {
    if (y < 0 || y >= w.in_h) {
      to = ef_fill(to, w.k_w * c.in_group, c.zero);
      continue;
    }
    const int8_t *row = in + y * w.in_w * w.in_c + group * c.in_group;
    if (whole) {
      to = ef_fill_row(to, w, row, x, c.zero);
      continue;
    }
    for (int32_t kx = 0; kx < w.k_w; ++kx) {
      const int32_t at_x = x + kx * w.dilation_w;
      const bool inside = at_x >= 0 && at_x < w.in_w;
      to = inside ? ef_copy(to, row + at_x * w.in_c, c.in_group) : ef_fill(to, c.in_group, c.zero);
    }
  }
}

EF_KERNEL void ef_conv(const EfConv &c, const int8_t *in, int8_t *out, EfCell *columns,
                       bool backward) {
  const EfWindow &w = c.window;
  const int32_t pixels = w.out_h * w.out_w;
  const int32_t channels = c.groups * c.out_group;
  EfPosition at = backward ? EfPosition{w.out_h - 1, w.out_w - 1} : EfPosition{0, 0};
  int8_t *to = out + (backward ? (pixels - 1) * channels : 0);
  const int32_t hop = backward ? -channels : channels;
  for (int32_t pixel = 0; pixel < pixels; pixel += 2) {
    const bool pair = pixel + 1 < pixels;
    EfPosition next = at;
    if (pair) ef_step(next, w.out_w, backward);
    int8_t *const to_next = pair ? to + hop : to;
    for (int32_t group = 0; group < c.groups; ++group) {
      ef_fill_column(columns, c, in, at, group);
      ef_fill_column(ef_second(columns, c.column), c, in, next, group);
      ef_multiply(c, group, columns, to + group * c.out_group, to_next + group * c.out_group);
    }
    at = next;
    ef_step(at, w.out_w, backward);
    to = to_next + hop;
  }
}
