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

// Copy a window of one group, or of all channels where its columns are neighbours.
template <typename Cell>
EF_KERNEL void ef_fill_window(Cell *to, const EfConv &c, const int8_t *in, const EfPosition &at) {
  const EfWindow &w = c.window;
  const int32_t x = at.x * w.stride_w - w.pad_w;
  const int32_t left = ef_clamp(-x, int32_t{0}, w.k_w);
  const int32_t right = ef_clamp(x + w.k_w - w.in_w, int32_t{0}, w.k_w - left);
  const int32_t before = left * w.in_c, after = right * w.in_c, all = w.k_w * w.in_c;
  const int32_t first = (x + left) * w.in_c;
  int32_t y = at.y * w.stride_h - w.pad_h;
  for (int32_t ky = 0; ky < w.k_h; ++ky, y += w.dilation_h) {
    if (y < 0 || y >= w.in_h) {
      to = ef_fill(to, all, c.zero);
      continue;
    }
    to = ef_fill(to, before, c.zero);
    to = ef_copy(to, in + y * w.in_w * w.in_c + first, all - before - after);
    to = ef_fill(to, after, c.zero);
  }
}

// Copy the window of one group, tap by tap.
EF_KERNEL void ef_fill_taps(EfCell *to, const EfConv &c, const int8_t *in,
                                          const EfPosition &at, int32_t group) {
  const EfWindow &w = c.window;
  const int32_t x = at.x * w.stride_w - w.pad_w;
  int32_t y = at.y * w.stride_h - w.pad_h;
  for (int32_t ky = 0; ky < w.k_h; ++ky, y += w.dilation_h) {
    const int8_t *row = in + y * w.in_w * w.in_c + group * c.in_group;
    for (int32_t kx = 0; kx < w.k_w; ++kx) {
      const int32_t at_x = x + kx * w.dilation_w;
      const bool inside = y >= 0 && y < w.in_h && at_x >= 0 && at_x < w.in_w;
      to = inside ? ef_copy(to, row + at_x * w.in_c, c.in_group) : ef_fill(to, c.in_group, c.zero);
    }
  }
}

// How a column is filled: from any window; from one of rows without gaps; from one tap that is always inside. Where
// words are copied there is another way, for rows whose length is no multiple of a word.
[[maybe_unused]] inline void ef_any(EfCell *to, const EfConv &c, const int8_t *in, const EfPosition &at,
                                    int32_t group, EfCell *) {
  ef_fill_taps(to, c, in, at, group);
}

[[maybe_unused]] inline void ef_rows(EfCell *to, const EfConv &c, const int8_t *in, const EfPosition &at,
                                     int32_t, EfCell *) {
  ef_fill_window(to, c, in, at);
}

[[maybe_unused]] inline void ef_point(EfCell *to, const EfConv &c, const int8_t *in, const EfPosition &at,
                                      int32_t, EfCell *) {
  const EfWindow &w = c.window;
  ef_copy(to, in + (at.y * w.stride_h * w.in_w + at.x * w.stride_w) * w.in_c, w.in_c);
}

template <decltype(ef_any) kFill>
EF_KERNEL void ef_conv(const EfConv &c, const int8_t *in, int8_t *out, EfCell *columns,
                       bool backward) {
  const EfWindow &w = c.window;
  const int32_t pixels = w.out_h * w.out_w;
  const int32_t channels = c.groups * c.out_group;
  EfCell *const second = ef_second(columns, c.column), *const spare = columns + 2 * c.column;
  EfPosition at{backward ? w.out_h - 1 : 0, backward ? w.out_w - 1 : 0};
  int8_t *to = out + (backward ? (pixels - 1) * channels : 0);
  const int32_t hop = backward ? -channels : channels;
  for (int32_t pixel = 0; pixel < pixels; pixel += 2) {
    const bool pair = pixel + 1 < pixels;
    EfPosition next{at.y, at.x};  // by member: GCC may copy a struct by a call of memcpy
    if (pair) ef_step(next, w.out_w, backward);
    int8_t *const to_next = pair ? to + hop : to;
    for (int32_t group = 0; group < c.groups; ++group) {
      kFill(columns, c, in, at, group, spare);
      kFill(second, c, in, next, group, spare);
      ef_multiply(c, group, columns, to + group * c.out_group, to_next + group * c.out_group);
    }
    at.y = next.y, at.x = next.x;
    ef_step(at, w.out_w, backward);
    to = to_next + hop;
  }
}
