// Pooling over windows; taps outside the input do not count.

struct EfPool {
  EfWindow window;
  int32_t low, high;
};

struct EfSpan {
  int32_t first, last;
};

[[maybe_unused]] inline EfSpan ef_span(int32_t start, int32_t taps, int32_t size) {
  const int32_t end = start + taps;
  return EfSpan{start < 0 ? 0 : start, end > size ? size : end};
}
