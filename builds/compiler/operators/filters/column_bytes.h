// Rows whose length is no multiple of a word are put together as bytes behind the columns.

// Copy a window to bytes. Rows of one that lies inside the input are copied in whole words: what goes beyond a row is
// overwritten by the next one, or is spare; what would be read beyond the input is left to the other way.
EF_KERNEL void ef_fill_bytes(int8_t *to, const EfConv &c, const int8_t *in, const EfPosition &at) {
  const EfWindow &w = c.window;
  const int32_t x = at.x * w.stride_w - w.pad_w, y = at.y * w.stride_h - w.pad_h;
  const int32_t row = w.in_w * w.in_c, all = w.k_w * w.in_c, hop = w.dilation_h * row;
  const int32_t first = y * row + x * w.in_c, last = first + (w.k_h - 1) * hop;
  const int32_t words = (all + 3) >> 2;
  if (x < 0 || y < 0 || x + w.k_w > w.in_w || last + 4 * words > w.in_h * row)
    return ef_fill_window(to, c, in, at);
  in += first;
  for (int32_t ky = w.k_h; ky > 0; --ky, in += hop, to += all) {
    for (int32_t i = 0; i < words; ++i) {
      const EfUnaligned *const from = reinterpret_cast<const EfUnaligned *>(in) + i;
      reinterpret_cast<EfUnaligned *>(to)[i] = *from;
    }
  }
}

[[maybe_unused]] inline void ef_bytes(EfCell *to, const EfConv &c, const int8_t *in, const EfPosition &at,
                                      int32_t, EfCell *spare) {
  int8_t *const bytes = reinterpret_cast<int8_t *>(spare);
  ef_fill_bytes(bytes, c, in, at);
  ef_copy(to, bytes, c.column);
}
