struct EfMaxPool {
  template <int32_t kChannels, typename T>
  EF_OPERATOR static void some(const EfPool &p, const EfInside &inside, const T *in, T *out) {
    int32_t largest[kChannels];
    EF_UNROLL
    for (int32_t i = 0; i < kChannels; ++i) largest[i] = EfLimits<T>::kLowest;
    for (int32_t y = 0; y < inside.rows; ++y, in += inside.across) {
      const T *at = in;
      for (int32_t x = 0; x < inside.columns; ++x, at += inside.hop) {
        EF_UNROLL
        for (int32_t i = 0; i < kChannels; ++i) largest[i] = at[i] > largest[i] ? at[i] : largest[i];
      }
    }
    EF_UNROLL
    for (int32_t i = 0; i < kChannels; ++i) {
      out[i] = static_cast<T>(ef_clamp(largest[i], p.low, p.high));
    }
  }

  template <typename T>
  EF_OPERATOR static void four(const EfPool &p, const EfInside &inside, const T *in, T *out) {
    some<4>(p, inside, in, out);
  }

#if defined(__ARM_FEATURE_DSP)
  // SSUB8 compares four bytes, SEL takes the larger ones.
  EF_OPERATOR static uint32_t larger(uint32_t a, uint32_t b) {
    uint32_t difference;
    __asm__("ssub8 %1, %2, %0\n\tsel %0, %2, %0" : "+r"(a), "=&r"(difference) : "r"(b) : "cc");
    return a;
  }

  EF_OPERATOR static void four(const EfPool &p, const EfInside &inside, const int8_t *in,
                               int8_t *out) {
    uint32_t largest = 0x80808080u;
    for (int32_t y = inside.rows; y > 0; --y, in += inside.across) {
      const int8_t *at = in;
      for (int32_t x = inside.columns; x > 0; --x, at += inside.hop)
        largest = larger(largest, *reinterpret_cast<const EfUnaligned *>(at));
    }
    *reinterpret_cast<EfUnaligned *>(out) = largest;
    if (p.low > -128 || p.high < 127) {
      for (int32_t i = 0; i < 4; ++i) {
        out[i] = static_cast<int8_t>(ef_clamp(int32_t{out[i]}, p.low, p.high));
      }
    }
  }
#endif
};
