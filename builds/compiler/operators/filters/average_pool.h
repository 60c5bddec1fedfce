// Quotient of `count`, halves away from zero. Cores without a divider get shifts and subtractions.
[[maybe_unused]] inline int32_t ef_mean(int32_t sum, int32_t count) {
  const uint32_t size = static_cast<uint32_t>(sum < 0 ? -sum : sum);
  const uint32_t divisor = static_cast<uint32_t>(count);
  uint32_t rest = size + divisor / 2u;
#if defined(__ARM_ARCH_6M__)
  uint32_t quotient = 0;
  int32_t bit = 0;
  while ((divisor << (bit + 1)) <= rest && bit < 16) ++bit;
  for (; bit >= 0; --bit) {
    if (rest >= divisor << bit) {
      rest -= divisor << bit;
      quotient |= 1u << bit;
    }
  }
#else
  const uint32_t quotient = rest / divisor;
#endif
  return sum > 0 ? static_cast<int32_t>(quotient) : -static_cast<int32_t>(quotient);
}

template <typename T>
EF_KERNEL void ef_average(const EfPool &p, int32_t count, const int32_t *sums, int32_t channels,
                          T *out) {
  for (int32_t i = 0; i < channels; ++i) {
    out[i] = static_cast<T>(ef_clamp(ef_mean(sums[i], count), p.low, p.high));
  }
}

struct EfAveragePool {
  template <int32_t kChannels, typename T>
  EF_OPERATOR static void some(const EfPool &p, const EfInside &inside, const T *in, T *out) {
    int32_t sums[kChannels];
    EF_UNROLL
    for (int32_t i = 0; i < kChannels; ++i) sums[i] = 0;
    for (int32_t y = 0; y < inside.rows; ++y, in += inside.across) {
      const T *at = in;
      for (int32_t x = 0; x < inside.columns; ++x, at += inside.hop) {
        EF_UNROLL
        for (int32_t i = 0; i < kChannels; ++i) sums[i] += at[i];
      }
    }
    ef_average(p, inside.rows * inside.columns, sums, kChannels, out);
  }

  template <typename T>
  EF_OPERATOR static void four(const EfPool &p, const EfInside &inside, const T *in, T *out) {
    some<4>(p, inside, in, out);
  }

#if defined(__ARM_FEATURE_DSP)
  // Two sums share a word: 256 bytes fit in 16 bits.
  EF_OPERATOR static void four(const EfPool &p, const EfInside &inside, const int8_t *in,
                               int8_t *out) {
    if (inside.rows * inside.columns > 256) {
      for (int32_t i = 0; i < 4; ++i) some<1>(p, inside, in + i, out + i);
      return;
    }
    uint32_t even = 0, odd = 0;
    for (int32_t y = inside.rows; y > 0; --y, in += inside.across) {
      const int8_t *at = in;
      for (int32_t x = inside.columns; x > 0; --x, at += inside.hop)
        ef_add_bytes(even, odd, *reinterpret_cast<const EfUnaligned *>(at));
    }
    const int32_t sums[4] = {ef_low_sum(even), ef_low_sum(odd), ef_high_sum(even), ef_high_sum(odd)};
    ef_average(p, inside.rows * inside.columns, sums, 4, out);
  }
#endif
};
