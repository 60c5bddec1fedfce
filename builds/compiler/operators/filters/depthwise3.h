// Depthwise convolution with windows of 3 x 3 taps. Each group of lanes goes alone from the first pixel to the last: no
// other reads or writes its bytes.

EF_KERNEL void ef_depthwise3(const EfDepthwise3 &d, const int8_t *in, int8_t *out, bool backward) {
  const EfWindow &w = d.window;
  const int32_t out_row = w.out_w * w.in_c;
  for (int32_t channel = 0; channel < w.in_c; channel += kLanes) {
    EfLanes lanes;
    ef_prepare(d, channel, lanes);
    for (int32_t i = 0; i < w.out_h; ++i) {
      const int32_t y = backward ? w.out_h - 1 - i : i;
      ef_depthwise3_row(d, lanes, in + channel, y * w.stride_h - w.pad_h, out + y * out_row + channel,
                        backward);
    }
  }
  if (d.finish.clamps()) {
    ef_clamp_bytes(out, w.out_h * out_row, 0, 1, d.finish.low, d.finish.high);
  }
}
