// Columns of 32-bit elements, two pixels alternating, so that one LDM feeds both.

using EfCell = int32_t;

[[maybe_unused]] inline EfCell *ef_second(EfCell *columns, int32_t) { return columns + 1; }

[[maybe_unused]] inline EfCell *ef_fill(EfCell *to, int32_t count, int32_t value) {
  for (int32_t i = 0; i < count; ++i, to += 2) *to = value;
  return to;
}

[[maybe_unused]] inline EfCell *ef_copy(EfCell *to, const int8_t *from, int32_t count) {
  for (int32_t i = 0; i < count; ++i, to += 2) *to = *from++;
  return to;
}

[[maybe_unused]] inline int8_t *ef_fill(int8_t *to, int32_t count, int32_t value) {
  for (int32_t i = 0; i < count; ++i) *to++ = static_cast<int8_t>(value);
  return to;
}

[[maybe_unused]] inline int8_t *ef_copy(int8_t *to, const int8_t *from, int32_t count) {
  for (; count > 0; --count) *to++ = *from++;
  return to;
}
