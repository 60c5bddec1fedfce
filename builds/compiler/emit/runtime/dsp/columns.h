// Columns of 16-bit elements. The pairs of two pixels alternate, so that one LDRD feeds both. Of every four elements
// 0 and 2 are a pair, and 1 and 3, as SXTB16 gives them; the weights have the same order.

using EfCell = int16_t;

[[maybe_unused]] inline EfCell *ef_second(EfCell *columns, int32_t) { return columns + 2; }

// Which of its four an element is: 0 is the first, 4 the second, 1 the third, 5 the fourth. Columns begin at a
// multiple of 16 bytes.
[[maybe_unused]] inline uint32_t ef_place(const EfCell *at) {
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(at) >> 1) & 5u;
}

[[maybe_unused]] inline EfCell *ef_after(EfCell *at) {
  const uint32_t place = ef_place(at);
  if (place < 4u) return at + 4;
  return place == 4u ? at - 3 : at + 3;
}

[[maybe_unused]] inline EfCell *ef_fill(EfCell *to, int32_t count, int32_t value) {
  for (int32_t i = 0; i < count; ++i) {
    *to = static_cast<EfCell>(value);
    to = ef_after(to);
  }
  return to;
}

[[maybe_unused]] inline void ef_spread(EfCell *to, const int8_t *from) {
  const uint32_t four = *reinterpret_cast<const EfUnaligned *>(from);
  reinterpret_cast<EfWord *>(to)[0] = ef_even_bytes(four);
  reinterpret_cast<EfWord *>(to)[2] = ef_odd_bytes(four);
}

[[maybe_unused]] inline EfCell *ef_copy(EfCell *to, const int8_t *from, int32_t count) {
  if (ef_place(to) == 0u) {
    for (; count >= 8; count -= 8, from += 8, to += 16) {
      ef_spread(to, from);
      ef_spread(to + 8, from + 4);
    }
    for (; count >= 4; count -= 4, from += 4, to += 8) ef_spread(to, from);
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
