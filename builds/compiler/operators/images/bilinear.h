// Bilinear resize with 10 fraction bits; which rows and columns meet, and how, is known at compile time.

struct EfBlend {
  int32_t first, second, part;  // part / 1024 of the second
};

struct EfBilinear {
  int32_t batches, in_h, in_w, out_h, out_w, channels;
};

// Divide by 2^20, halves away from zero.
[[maybe_unused]] inline int32_t ef_blend_round(int32_t sum) {
  const int32_t size = sum < 0 ? -sum : sum;
  const int32_t rounded = (size + (1 << 19)) >> 20;
  return sum < 0 ? -rounded : rounded;
}

EF_KERNEL void ef_resize_bilinear(const EfBilinear &r, const int32_t *rows, const int32_t *columns,
                                  const int8_t *in, int8_t *out) {
  const int32_t row_size = r.in_w * r.channels;
  for (int32_t b = 0; b < r.batches; ++b, in += r.in_h * row_size) {
    for (int32_t y = 0; y < r.out_h; ++y) {
      const EfBlend v = {rows[3 * y], rows[3 * y + 1], rows[3 * y + 2]};
      for (int32_t x = 0; x < r.out_w; ++x) {
        const EfBlend h = {columns[3 * x], columns[3 * x + 1], columns[3 * x + 2]};
        const int8_t *top = in + v.first * row_size, *bottom = in + v.second * row_size;
        const int32_t left = h.first * r.channels, right = h.second * r.channels;
        for (int32_t c = 0; c < r.channels; ++c) {
          const int32_t upper = top[left + c] * (1024 - h.part) + top[right + c] * h.part;
          const int32_t lower = bottom[left + c] * (1024 - h.part) + bottom[right + c] * h.part;
          const int32_t sum = upper * (1024 - v.part) + lower * v.part;
          *out++ = static_cast<int8_t>(ef_blend_round(sum));
        }
      }
    }
  }
}
