// Sum over neighbouring axes, scaled: `outer` blocks of `count` rows become one row each. Four sums at a time; where
// rows do not make fours, the last four overlap those before them.

struct EfReduceMiddle {
  int32_t outer, count, inner;
  int32_t bias, multiplier, shift, zero;
};

template <int32_t kSums, typename T>
EF_OPERATOR inline void ef_add_rows(const T *in, int32_t count, int32_t hop, int32_t *sums) {
  for (; count > 0; --count, in += hop) {
    EF_UNROLL
    for (int32_t i = 0; i < kSums; ++i) sums[i] += in[i];
  }
}

template <typename T>
EF_OPERATOR inline void ef_add_fours(const T *in, int32_t count, int32_t hop, int32_t *sums) {
  ef_add_rows<4>(in, count, hop, sums);
}

#if defined(__ARM_FEATURE_DSP)
// Two sums share a word: 256 bytes fit in 16 bits.
[[maybe_unused]] EF_OPERATOR inline void ef_add_fours(const int8_t *in, int32_t count,
                                                      int32_t hop, int32_t *sums) {
  for (int32_t left = count; left > 0; left -= 256) {
    uint32_t even = 0, odd = 0;
    for (int32_t n = left < 256 ? left : 256; n > 0; --n, in += hop)
      ef_add_bytes(even, odd, *reinterpret_cast<const EfUnaligned *>(in));
    sums[0] += ef_low_sum(even);
    sums[1] += ef_low_sum(odd);
    sums[2] += ef_high_sum(even);
    sums[3] += ef_high_sum(odd);
  }
}
#endif

template <typename T>
EF_OPERATOR inline T ef_reduced(const EfReduceMiddle &r, int32_t sum) {
  const int32_t value = ef_scale(sum + r.bias, r.multiplier, r.shift) + r.zero;
  return static_cast<T>(ef_clamp(value, EfLimits<T>::kLowest, EfLimits<T>::kHighest));
}

template <typename T>
EF_KERNEL void ef_reduce_middle(const EfReduceMiddle &r, const T *in, T *out) {
  for (int32_t n = 0; n < r.outer; ++n, in += r.count * r.inner, out += r.inner) {
    for (int32_t at = 0; at < r.inner;) {
      int32_t sums[4];
      for (int32_t &sum : sums) sum = 0;
      if (r.inner < 4) {
        ef_add_rows<1>(in + at, r.count, r.inner, sums);
        out[at++] = ef_reduced<T>(r, sums[0]);
        continue;
      }
      if (at + 4 > r.inner) at = r.inner - 4;
      ef_add_fours(in + at, r.count, r.inner, sums);
      for (int32_t sum : sums) out[at++] = ef_reduced<T>(r, sum);
    }
  }
}

// The same where rows are one element: each sum is over neighbours, four of them a turn.
template <typename T>
EF_KERNEL void ef_reduce_last(const EfReduceMiddle &r, const T *in, T *out) {
  for (int32_t n = 0; n < r.outer; ++n, in += r.count) {
    const int32_t fours = r.count >> 2;
    int32_t sums[4];
    for (int32_t &sum : sums) sum = 0;
    ef_add_fours(in, fours, 4, sums);
    ef_add_rows<1>(in + 4 * fours, r.count & 3, 1, sums);
    *out++ = ef_reduced<T>(r, sums[0] + sums[1] + sums[2] + sums[3]);
  }
}
