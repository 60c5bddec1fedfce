// One depthwise convolution with windows of 3 x 3 taps.

struct EfDepthwise3 {
  EfWindow window;
  int32_t zero;  // zero point of the input
  int32_t most;  // pixels of a row that are taken together, where that is so
  const void *weights;
  EfPacked finish;
};

[[maybe_unused]] inline bool ef_inside(int32_t at, int32_t size) {
  return static_cast<uint32_t>(at) < static_cast<uint32_t>(size);
}
