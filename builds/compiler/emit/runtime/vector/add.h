// ADD four elements a turn; the compiler has seen to it that every shift is to the right by one at least.

[[maybe_unused]] inline EfFour ef_add_operand(const int8_t *from, int32_t zero, int32_t multiplier,
                                              int32_t shift) {
  const EfFour value = ef_four_bytes(from) - zero;
  return ef_scale_right(value * (1 << 20), EfFour{} + multiplier, EfFour{} + (1 << (31 + shift)));
}

EF_KERNEL void ef_add(const EfAdd &s, const int8_t *a, const int8_t *b, int8_t *out,
                      int32_t count) {
  int32_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const EfFour sum = ef_add_operand(a + i, s.zero_a, s.multiplier_a, s.shift_a) +
                       ef_add_operand(b + i, s.zero_b, s.multiplier_b, s.shift_b);
    const EfFour power = EfFour{} + (1 << (31 + s.shift));
    const EfFour value = ef_scale_right(sum, EfFour{} + s.multiplier, power) + s.zero;
    ef_put_four(out + i, ef_between(value, s.low, s.high));
  }
  for (; i < count; ++i) out[i] = s(a[i], b[i]);
}
