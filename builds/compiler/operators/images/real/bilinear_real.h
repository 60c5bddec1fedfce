// Bilinear resize of real numbers: which rows and columns meet, and how far between them, is known at compile time.

struct EfBilinearReal {
  int32_t batches, in_h, in_w, out_h, out_w, channels;
  const int32_t *rows, *columns;  // the two that meet, for each row and column of the output
  const float *down, *across;     // how far from the first
};

EF_KERNEL void ef_resize_real(const EfBilinearReal &r, const float *in, float *out) {
  const int32_t row_size = r.in_w * r.channels;
  for (int32_t b = 0; b < r.batches; ++b, in += r.in_h * row_size) {
    for (int32_t y = 0; y < r.out_h; ++y) {
      const float *const top = in + r.rows[2 * y] * row_size;
      const float *const bottom = in + r.rows[2 * y + 1] * row_size;
      const float down = r.down[y];
      for (int32_t x = 0; x < r.out_w; ++x) {
        const int32_t left = r.columns[2 * x] * r.channels;
        const int32_t right = r.columns[2 * x + 1] * r.channels;
        const float across = r.across[x];
        for (int32_t c = 0; c < r.channels; ++c) {
          *out++ = top[left + c] * (1.0f - down) * (1.0f - across) + bottom[left + c] * down * (1.0f - across) +
                   top[right + c] * (1.0f - down) * across + bottom[right + c] * down * across + 0.0f;
        }
      }
    }
  }
}
