// Columns of 16-bit elements. The pairs of two pixels alternate, so that one LDRD feeds both.

using EfCell = int16_t;
using EfFinish = EfPacked;

[[maybe_unused]] inline EfCell *ef_second(EfCell *columns, int32_t) { return columns + 2; }

[[maybe_unused]] inline bool ef_is_odd(const EfCell *at) {
  return (reinterpret_cast<uintptr_t>(at) & 2u) != 0u;
}

// After an even element comes its partner; after an odd one the other pixel's pair is skipped.
[[maybe_unused]] inline EfCell *ef_after(EfCell *at) { return at + (ef_is_odd(at) ? 3 : 1); }

[[maybe_unused]] inline EfCell *ef_fill(EfCell *to, int32_t count, int32_t value) {
  for (int32_t i = 0; i < count; ++i) {
    *to = static_cast<EfCell>(value);
    to = ef_after(to);
  }
  return to;
}

[[maybe_unused]] inline EfCell *ef_copy(EfCell *to, const int8_t *from, int32_t count) {
  if (!ef_is_odd(to)) {
    for (; count >= 4; count -= 4, from += 4, to += 8) {
      const uint32_t four = *reinterpret_cast<const EfUnaligned *>(from);
      uint32_t low, high;
#if EF_DSP_ASSEMBLY
      uint32_t even, odd;
      __asm__("sxtb16 %0, %1" : "=r"(even) : "r"(four));
      __asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(four));
      __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(low) : "r"(even), "r"(odd));
      __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(high) : "r"(odd), "r"(even));
#else
      const uint32_t even = ef_unpack(four);
      const uint32_t odd = ef_unpack(four >> 8);
      low = (even & 0xffffu) | (odd << 16);
      high = (odd & 0xffff0000u) | (even >> 16);
#endif
      reinterpret_cast<EfWord *>(to)[0] = low;
      reinterpret_cast<EfWord *>(to)[2] = high;
    }
  }
  for (; count > 0; --count) {
    *to = *from++;
    to = ef_after(to);
  }
  return to;
}
