// The largest or smallest element over some axes, and where the largest or smallest one along an axis is.

struct EfLargest {
  int32_t kept[6], kept_stride[6];
  int32_t seen[6], seen_stride[6];
};

template <int32_t kSign, typename T>  // 1 for the largest, -1 for the smallest
EF_KERNEL void ef_largest(const EfLargest &r, const T *in, T *out) {
  EfWalk outer = ef_walk(0);
  do {
    int32_t largest = INT32_MIN;
    EfWalk inner = ef_walk(outer.offset);
    do {
      const int32_t value = kSign * in[inner.offset];
      largest = value > largest ? value : largest;
    } while (ef_next(inner, r.seen, r.seen_stride));
    *out++ = static_cast<T>(kSign * largest);
  } while (ef_next(outer, r.kept, r.kept_stride));
}

struct EfPlace {
  int32_t outer, size, inner;
  int32_t sign;  // 1 for the largest, -1 for the smallest
};

template <typename T>
EF_KERNEL void ef_place(const EfPlace &p, const T *in, int32_t *out) {
  for (int32_t o = 0; o < p.outer; ++o, in += p.size * p.inner) {
    for (int32_t i = 0; i < p.inner; ++i) {
      int32_t best = 0;
      for (int32_t at = 1; at < p.size; ++at) {
        const T value = in[at * p.inner + i], least = in[best * p.inner + i];
        if (p.sign > 0 ? value > least : value < least) best = at;
      }
      *out++ = best;
    }
  }
}
