// From an accumulator to an output element: bias is in the accumulator already.

struct EfOutput {
  const int32_t *bias;
  const int32_t *multiplier;
  const int8_t *shift;
  int32_t step;  // 0 when one multiplier serves all channels
  int32_t zero, low, high;
};

[[maybe_unused]] inline int8_t ef_output_of(const EfOutput &q, int32_t channel, int32_t sum) {
  const int32_t at = channel * q.step;
  const int32_t value = ef_scale(sum, q.multiplier[at], q.shift[at]) + q.zero;
  return static_cast<int8_t>(ef_clamp(value, q.low, q.high));
}
