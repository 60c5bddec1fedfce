// Convolution and dense layers of 16-bit inputs with 8-bit filters. The window under an output pixel is copied to a
// column, unless it is one tap that lies inside; taps outside the input count nothing.

template <typename Finish>
struct EfWideColumns {
  EfWindow window;
  int32_t filters, column;  // elements of a column, padded for the loop over four filters
  const void *weights;
  Finish finish;
  int32_t low, high;
};

[[maybe_unused]] inline int16_t *ef_wide_copy(int16_t *to, const int16_t *from, int32_t count) {
#if defined(__ARM_FEATURE_UNALIGNED)
  for (; count >= 2; count -= 2, from += 2, to += 2)
    *reinterpret_cast<EfUnaligned *>(to) = *reinterpret_cast<const EfUnaligned *>(from);
#endif
  for (; count > 0; --count) *to++ = *from++;
  return to;
}

[[maybe_unused]] inline void ef_wide_fill(int16_t *to, const EfWindow &w, const int16_t *in,
                                          int32_t y, int32_t x) {
  for (int32_t ky = 0; ky < w.k_h; ++ky, y += w.dilation_h) {
    const int16_t *const row = in + y * w.in_w * w.in_c;
    for (int32_t kx = 0, taps = 1; kx < w.k_w; kx += taps) {
      const int32_t at = x + kx * w.dilation_w;
      taps = 1;
      if (y >= 0 && y < w.in_h && at >= 0 && at < w.in_w) {
        const int32_t wanted = w.k_w - kx, there = w.in_w - at;
        if (w.dilation_w == 1) taps = wanted < there ? wanted : there;
        to = ef_wide_copy(to, row + at * w.in_c, taps * w.in_c);
      } else {
        for (int32_t i = 0; i < w.in_c; ++i) *to++ = 0;
      }
    }
  }
}

// So many products of a sum fit in 32 bits; a longer sum of 64 bits is put together from such pieces.
constexpr int32_t kWidePiece = 508;

[[maybe_unused]] inline const EfWideWeights *ef_wide_sums(const EfWideWeights *weights,
                                                          const int16_t *in, int32_t column,
                                                          int32_t *sums) {
  weights = ef_wide_four(weights, in, column, column, sums);
  return ef_wide_next(weights, column);
}

[[maybe_unused]] inline const EfWideWeights *ef_wide_sums(const EfWideWeights *weights,
                                                          const int16_t *in, int32_t column,
                                                          int64_t *sums) {
  for (int32_t i = 0; i < 4; ++i) sums[i] = 0;
  for (int32_t left = column, count = kWidePiece; left > 0; left -= count, in += count) {
    int32_t piece[4];
    if (left < count) count = left;
    weights = ef_wide_four(weights, in, count, column, piece);
    for (int32_t i = 0; i < 4; ++i) sums[i] += piece[i];
  }
  return ef_wide_next(weights, column);
}

template <typename Finish>
EF_KERNEL void ef_wide_pixel(const EfWideColumns<Finish> &c, const int16_t *in, int16_t *out) {
  const EfWideWeights *weights = static_cast<const EfWideWeights *>(c.weights);
  const Finish finish = c.finish;
  const int32_t low = c.low, high = c.high, filters = c.filters, column = c.column;
  for (int32_t first = 0; first < filters;) {
    typename Finish::Sum sums[4];
    weights = ef_wide_sums(weights, in, column, sums);
    for (int32_t i = 0; i < 4 && first < filters; ++i, ++first)
      *out++ = static_cast<int16_t>(ef_clamp(finish(sums[i], first), low, high));
  }
}

// `column` is null where every window is read where it lies.
template <typename Finish>
EF_KERNEL void ef_wide(const EfWideColumns<Finish> &c, const int16_t *in, int16_t *out,
                       int16_t *column, bool backward) {
  const EfWindow &w = c.window;
  for (int32_t i = 0; i < w.out_h; ++i) {
    const int32_t y = backward ? w.out_h - 1 - i : i;
    for (int32_t j = 0; j < w.out_w; ++j) {
      const int32_t x = backward ? w.out_w - 1 - j : j;
      const int32_t top = y * w.stride_h - w.pad_h, left = x * w.stride_w - w.pad_w;
      const int16_t *from = column;
      if (column != nullptr) {
        ef_wide_fill(column, w, in, top, left);
      } else {
        from = in + (top * w.in_w + left) * w.in_c;
      }
      ef_wide_pixel(c, from, out + (y * w.out_w + x) * c.filters);
    }
  }
}
