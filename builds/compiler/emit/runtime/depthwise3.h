// Depthwise convolution with windows of 3 x 3 taps. The lanes that fit in a word go alone from the first pixel to the
// last: no other lane reads or writes their bytes. A row outside of the input is a word of zero points, read again
// for every pixel.

EF_KERNEL void ef_depthwise3(const EfDepthwise3 &d, const int8_t *in, int8_t *out, bool backward) {
  const EfWindow &w = d.window;
  const int32_t in_row = w.in_w * w.in_c, out_row = w.out_w * w.in_c;
  const uint32_t outside = static_cast<uint8_t>(static_cast<int8_t>(d.zero)) * 0x01010101u;
  for (int32_t channel = 0; channel < w.in_c; channel += kLanes) {
    EfLanes lanes;
    ef_prepare(d, channel, lanes);
    for (int32_t i = 0; i < w.out_h; ++i) {
      const int32_t y = backward ? w.out_h - 1 - i : i;
      int32_t row = y * w.stride_h - w.pad_h;
      EfRows rows;
      for (int32_t k = 0; k < 3; ++k, ++row) {
        const bool inside = static_cast<uint32_t>(row) < static_cast<uint32_t>(w.in_h);
        rows.hop[k] = inside ? w.in_c : 0;
        rows.at[k] = inside ? in + row * in_row + channel : reinterpret_cast<const int8_t *>(&outside);
      }
      ef_depthwise3_row(d, lanes, rows, out + y * out_row + channel, backward);
    }
  }
}
