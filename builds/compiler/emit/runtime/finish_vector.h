// Output stage of four channels at a time. A shift to the right by n that rounds halves away from zero is the rounding
// high product with 2^(31 - n) of a number that is one less on the negative side: both steps of TFLite are one product.

struct EfOutput {
  const int32_t *bias;
  const int32_t *multiplier;
  const int32_t *power;  // 2^(31 - right shift)
  int32_t step;          // 0 when one multiplier serves all channels
  int32_t zero, low, high;
};

[[maybe_unused]] inline EfFour ef_high_four_products(EfFour a, EfFour b) {
  using EfLongs = int64_t __attribute__((vector_size(32)));
  using EfUnsigned = uint64_t __attribute__((vector_size(32)));
  const EfLongs products = __builtin_convertvector(a, EfLongs) * __builtin_convertvector(b, EfLongs);
  // Of what is shifted in from above nothing remains in 32 bits.
  const EfUnsigned high = reinterpret_cast<EfUnsigned>(products + (int64_t{1} << 30)) >> 31;
  return __builtin_convertvector(high, EfFour);
}

// Four sums without their bias, of the channels from `first` on, to at most `left` bytes. The tables go on for four
// entries from any channel.
[[maybe_unused]] inline void ef_finish(const EfOutput &q, int32_t first, int32_t left, EfFour sums,
                                       int8_t *out) {
  const auto four = [](const int32_t *table) {
    return EfFour{*reinterpret_cast<const EfLooseFour *>(table)};
  };
  const int32_t at = first * q.step;
  EfFour value = sums + four(q.bias + first);
  value = ef_high_four_products(value, four(q.multiplier + at));
  value = ef_high_four_products(value + (value >> 31), four(q.power + at)) + q.zero;
  value = value < q.low ? EfFour{} + q.low : value;
  value = value > q.high ? EfFour{} + q.high : value;
  if (left >= 4) {
    using EfOut = int8_t __attribute__((vector_size(4)));
    using EfLooseOut __attribute__((may_alias, aligned(1))) = EfOut;
    *reinterpret_cast<EfLooseOut *>(out) = __builtin_convertvector(value, EfOut);
  } else {
    for (int32_t i = 0; i < left; ++i) out[i] = static_cast<int8_t>(value[i]);
  }
}
