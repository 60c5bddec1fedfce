// Slices that computed indices choose. An index outside takes the nearest slice, so that no input reads other memory.

struct EfLookUp {
  int32_t outer, size, count, inner;
};

template <typename T>
EF_KERNEL void ef_look_up(const EfLookUp &p, const int32_t *chosen, const T *in, T *out) {
  for (int32_t o = 0; o < p.outer; ++o, in += p.size * p.inner) {
    for (int32_t c = 0; c < p.count; ++c) {
      const int32_t at = ef_clamp(chosen[c], int32_t{0}, p.size - 1);
      for (int32_t i = 0; i < p.inner; ++i) *out++ = in[at * p.inner + i];
    }
  }
}
