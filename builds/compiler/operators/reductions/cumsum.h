// Sums that run along one axis. Those of int8 start where TFLM lets them start: at minus the zero point.

struct EfCumsum {
  int32_t outer, size, inner;
  int32_t first, step;  // along the axis: 0 and 1, or from the end
  int32_t exclusive;
};

EF_KERNEL void ef_cumsum_real(const EfCumsum &c, const float *in, float *out) {
  for (int32_t o = 0; o < c.outer; ++o) {
    for (int32_t i = 0; i < c.inner; ++i) {
      float sum = 0.0f;
      for (int32_t n = 0; n < c.size; ++n) {
        const int32_t at = (o * c.size + c.first + n * c.step) * c.inner + i;
        const float next = sum + in[at];
        out[at] = c.exclusive != 0 ? sum : next;
        sum = next;
      }
    }
  }
}

struct EfCumsumScale {
  int32_t zero_in, multiplier, shift, zero;
};

// Half of an element's distance from the zero point, with 20 more bits; sums of these wrap.
[[maybe_unused]] inline uint32_t ef_cumsum_term(int32_t distance) {
  return static_cast<uint32_t>(distance * (1 << 19));
}

EF_KERNEL void ef_cumsum(const EfCumsum &c, const EfCumsumScale &s, const int8_t *in, int8_t *out) {
  for (int32_t o = 0; o < c.outer; ++o) {
    for (int32_t i = 0; i < c.inner; ++i) {
      uint32_t sum = ef_cumsum_term(-s.zero_in);
      for (int32_t n = 0; n < c.size; ++n) {
        const int32_t at = (o * c.size + c.first + n * c.step) * c.inner + i;
        const uint32_t next = sum + ef_cumsum_term(in[at] - s.zero_in);
        const int32_t shown = static_cast<int32_t>(c.exclusive != 0 ? sum : next);
        const int32_t value = ef_scale(shown, s.multiplier, s.shift) + s.zero;
        out[at] = static_cast<int8_t>(ef_clamp(value, int32_t{-128}, int32_t{127}));
        sum = next;
      }
    }
  }
}
