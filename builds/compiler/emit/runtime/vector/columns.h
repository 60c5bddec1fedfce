// Columns of bytes, one after the other, moved eight at a time.

using EfCell = int8_t;
using EfFinish = EfOutput;

[[maybe_unused]] inline EfCell *ef_second(EfCell *columns, int32_t column) {
  return columns + column;
}

// Move as many bytes as a T has, and step over them.
template <typename T>
inline void ef_put(EfCell *&to, T value) {
  using Loose __attribute__((may_alias, aligned(1))) = T;
  *reinterpret_cast<Loose *>(to) = value;
  to += sizeof(T);
}

template <typename T>
inline void ef_move(EfCell *&to, const int8_t *&from) {
  using Loose __attribute__((may_alias, aligned(1))) = T;
  ef_put<T>(to, *reinterpret_cast<const Loose *>(from));
  from += sizeof(T);
}

[[maybe_unused]] inline EfCell *ef_fill(EfCell *to, int32_t count, int32_t value) {
  const uint32_t four = static_cast<uint8_t>(value) * 0x01010101u;
  for (; count >= 4; count -= 4) ef_put<uint32_t>(to, four);
  if ((count & 2) != 0) ef_put<uint16_t>(to, static_cast<uint16_t>(four));
  if ((count & 1) != 0) ef_put<uint8_t>(to, static_cast<uint8_t>(four));
  return to;
}

[[maybe_unused]] inline EfCell *ef_copy(EfCell *to, const int8_t *from, int32_t count) {
  for (; count >= 8; count -= 8) ef_move<EfBytes>(to, from);
  if ((count & 4) != 0) ef_move<uint32_t>(to, from);
  if ((count & 2) != 0) ef_move<uint16_t>(to, from);
  if ((count & 1) != 0) ef_move<uint8_t>(to, from);
  return to;
}
