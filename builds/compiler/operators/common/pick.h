// Copy chosen slices along one axis, or chosen rows and columns of an image.

struct EfPick {
  int32_t outer, size, count, inner;
};

template <typename T>
EF_KERNEL void ef_pick(const EfPick &p, const int32_t *chosen, const T *in, T *out) {
  for (int32_t o = 0; o < p.outer; ++o, in += p.size * p.inner) {
    for (int32_t i = 0; i < p.count; ++i, out += p.inner)
      ef_move_run(in + chosen[i] * p.inner, 1, out, 1, p.inner);
  }
}

struct EfResize {
  int32_t batches, in_h, in_w, out_h, out_w, channels;
};

template <typename T>
EF_KERNEL void ef_resize_nearest(const EfResize &r, const int32_t *rows, const int32_t *columns,
                                 const T *in, T *out) {
  for (int32_t b = 0; b < r.batches; ++b, in += r.in_h * r.in_w * r.channels) {
    for (int32_t y = 0; y < r.out_h; ++y) {
      const T *row = in + rows[y] * r.in_w * r.channels;
      for (int32_t x = 0; x < r.out_w; ++x, out += r.channels)
        ef_move_run(row + columns[x] * r.channels, 1, out, 1, r.channels);
    }
  }
}
