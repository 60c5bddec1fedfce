// Columns of 16-bit elements. The pairs of two pixels alternate, so that one LDRD feeds both.

using EfCell = int16_t;

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
      const uint32_t even = ef_even_bytes(four), odd = ef_odd_bytes(four);
      reinterpret_cast<EfWord *>(to)[0] = ef_low_halves(even, odd);
      reinterpret_cast<EfWord *>(to)[2] = ef_high_halves(even, odd);
    }
  }
  for (; count > 0; --count) {
    *to = *from++;
    to = ef_after(to);
  }
  return to;
}

[[maybe_unused]] inline int8_t *ef_fill(int8_t *to, int32_t count, int32_t value) {
  for (int32_t i = 0; i < count; ++i) *to++ = static_cast<int8_t>(value);
  return to;
}

[[maybe_unused]] inline int8_t *ef_copy(int8_t *to, const int8_t *from, int32_t count) {
  for (; count >= 4; count -= 4, from += 4, to += 4) {
    *reinterpret_cast<EfUnaligned *>(to) = *reinterpret_cast<const EfUnaligned *>(from);
  }
  for (; count > 0; --count) *to++ = *from++;
  return to;
}
