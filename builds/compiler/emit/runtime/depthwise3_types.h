// One depthwise convolution with windows of 3 x 3 taps.

struct EfDepthwise3 {
  EfWindow window;
  int32_t zero;  // zero point of the input
  int32_t most;  // pixels of a row that are taken together
  const void *weights;
  EfPacked finish;
};

// The three rows under a row of windows: where they begin, and how far their pixels are apart.
struct EfRows {
  const int8_t *at[3];
  int32_t hop[3];
};
