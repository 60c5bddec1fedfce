// Columns of bytes, two pixels alternating, so that one address serves both.

using EfCell = int8_t;

[[maybe_unused]] inline EfCell *ef_second(EfCell *columns, int32_t) { return columns + 1; }

[[maybe_unused]] inline EfCell *ef_fill(EfCell *to, int32_t count, int32_t value) {
  for (int32_t i = 0; i < count; ++i, to += 2) *to = static_cast<EfCell>(value);
  return to;
}

[[maybe_unused]] inline EfCell *ef_copy(EfCell *to, const int8_t *from, int32_t count) {
  for (int32_t i = 0; i < count; ++i, to += 2) *to = from[i];
  return to;
}
