// Pooling over windows, four channels at a time; taps outside the input do not count. Where the channels do not make
// fours, the last four overlap those before them.

struct EfPool {
  EfWindow window;
  int32_t low, high;
};

// The part of a window that lies inside the input; distances are in elements.
struct EfInside {
  int32_t rows, columns, across, hop;
};

struct EfSpan {
  int32_t first, last;
};

[[maybe_unused]] inline EfSpan ef_span(int32_t start, int32_t taps, int32_t size) {
  const int32_t end = start + taps;
  return EfSpan{start < 0 ? 0 : start, end > size ? size : end};
}

template <typename Pool, typename T>
EF_KERNEL void ef_pool(const EfPool &p, const T *in, T *out) {
  const EfWindow &w = p.window;
  const int32_t channels = w.in_c;
  for (int32_t y = 0; y < w.out_h; ++y) {
    const EfSpan rows = ef_span(y * w.stride_h - w.pad_h, w.k_h, w.in_h);
    for (int32_t x = 0; x < w.out_w; ++x, out += channels) {
      const EfSpan columns = ef_span(x * w.stride_w - w.pad_w, w.k_w, w.in_w);
      const EfInside inside = {rows.last - rows.first, columns.last - columns.first,
                               w.in_w * channels, channels};
      const T *const at = in + (rows.first * w.in_w + columns.first) * channels;
      for (int32_t c = 0; c < channels;) {
        if (channels < 4) {
          Pool::template some<1>(p, inside, at + c, out + c);
          ++c;
        } else {
          if (c + 4 > channels) c = channels - 4;
          Pool::four(p, inside, at + c, out + c);
          c += 4;
        }
      }
    }
  }
}
