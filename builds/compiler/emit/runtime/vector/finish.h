// Output stage of four channels at a time.

struct EfOutput {
  const int32_t *bias;
  const int32_t *multiplier;
  const int32_t *power;  // 2^(31 - right shift)
  int32_t step;          // 0 when one multiplier serves all channels
  int32_t zero, low, high;
};

// Four sums without their bias, of the channels from `first` on, to at most `left` bytes. The tables go on for four
// entries from any channel.
[[maybe_unused]] inline void ef_finish(const EfOutput &q, int32_t first, int32_t left, EfFour sums,
                                       int8_t *out) {
  const int32_t at = first * q.step;
  const EfFour sum = sums + ef_four_words(q.bias + first);
  const EfFour scaled =
      ef_scale_right(sum, ef_four_words(q.multiplier + at), ef_four_words(q.power + at));
  const EfFour value = ef_between(scaled + int32_t{q.zero}, q.low, q.high);
  if (left >= 4) {
    ef_put_four(out, value);
  } else {
    for (int32_t i = 0; i < left; ++i) out[i] = static_cast<int8_t>(value[i]);
  }
}
