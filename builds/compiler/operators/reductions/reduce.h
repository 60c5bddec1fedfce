// Sum over some axes, scaled.

struct EfReduce {
  int32_t kept[6], kept_stride[6];
  int32_t summed[6], summed_stride[6];
  int32_t bias, multiplier, shift, zero;
};

template <typename T>
EF_KERNEL void ef_reduce(const EfReduce &r, const T *in, T *out) {
  EfWalk outer = ef_walk(0);
  do {
    int32_t sum = r.bias;
    EfWalk inner = ef_walk(outer.offset);
    do {
      sum += in[inner.offset];
    } while (ef_next(inner, r.summed, r.summed_stride));
    const int32_t value = ef_scale(sum, r.multiplier, r.shift) + r.zero;
    *out++ = static_cast<T>(ef_clamp(value, EfLimits<T>::kLowest, EfLimits<T>::kHighest));
  } while (ef_next(outer, r.kept, r.kept_stride));
}
