// One phase of a transposed convolution: the outputs that the same taps reach are a convolution with a stride of one,
// whose pixels lie apart.

struct EfPhase {
  EfConv conv;
  int32_t first, across, down;  // of its pixels in the output: the first one, and from one to the next
};

template <decltype(ef_any) kFill>
EF_KERNEL void ef_transpose_phase(const EfPhase &p, const int8_t *in, int8_t *out,
                                  EfCell *columns) {
  const EfConv &c = p.conv;
  const int32_t pixels = c.window.out_h * c.window.out_w;
  EfCell *const second = ef_second(columns, c.column), *const spare = columns + 2 * c.column;
  EfPosition at{0, 0};
  for (int32_t pixel = 0; pixel < pixels; pixel += 2) {
    EfPosition next{at.y, at.x};
    if (pixel + 1 < pixels) ef_step(next, c.window.out_w, false);
    kFill(columns, c, in, at, 0, spare);
    kFill(second, c, in, next, 0, spare);
    ef_multiply(c, 0, columns, out + p.first + at.y * p.down + at.x * p.across,
                out + p.first + next.y * p.down + next.x * p.across);
    at.y = next.y, at.x = next.x;
    ef_step(at, c.window.out_w, false);
  }
}
