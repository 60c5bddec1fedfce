// Columns of bytes, one after the other.

using EfCell = int8_t;
using EfFinish = EfOutput;

[[maybe_unused]] inline EfCell *ef_second(EfCell *columns, int32_t column) {
  return columns + column;
}

[[maybe_unused]] inline EfCell *ef_fill(EfCell *to, int32_t count, int32_t value) {
  for (int32_t i = 0; i < count; ++i) *to++ = static_cast<EfCell>(value);
  return to;
}

[[maybe_unused]] inline EfCell *ef_copy(EfCell *to, const int8_t *from, int32_t count) {
  for (int32_t i = 0; i < count; ++i) *to++ = *from++;
  return to;
}
