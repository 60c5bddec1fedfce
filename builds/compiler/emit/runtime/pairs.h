// Output stage of two filters that share words: its constants lie behind their weights, packed word and multiplier
// of the one, then of the other.

struct EfPairs {
  int32_t words;     // of one group: weights and constants
  int32_t rounding;  // 2 * zero point + 1
  int32_t low, high;

  bool clamps() const { return low > -128 || high < 127; }
};

using EfFinish = EfPairs;

struct EfPair {
  int32_t a, a_next, b, b_next;  // outputs of two filters at two pixels
};

[[maybe_unused]] inline int32_t ef_finish(int32_t rounding, const EfWord *constants, int32_t twice) {
  const int32_t packed = static_cast<int32_t>(constants[0]);
  const int32_t multiplier = static_cast<int32_t>(constants[1]);
  return ef_packed_output(ef_packed_offset(rounding, packed), packed, multiplier, twice);
}

// From two filters' sums to their outputs: `a` alone, and `both` with the second filter's sum times 256.
[[maybe_unused]] inline EfPair ef_finish_pair(int32_t rounding, const EfWord *constants, int32_t a,
                                              int32_t a_next, int32_t both, int32_t both_next) {
  const int32_t b = ef_wrapping_difference(both, a) >> 7;
  const int32_t b_next = ef_wrapping_difference(both_next, a_next) >> 7;
  return EfPair{ef_finish(rounding, constants, a * 2), ef_finish(rounding, constants, a_next * 2),
                ef_finish(rounding, constants + 2, b), ef_finish(rounding, constants + 2, b_next)};
}

[[maybe_unused]] inline void ef_clamp_pair(const EfPairs &q, EfPair &pair) {
  pair = EfPair{ef_clamp(pair.a, q.low, q.high), ef_clamp(pair.a_next, q.low, q.high),
                ef_clamp(pair.b, q.low, q.high), ef_clamp(pair.b_next, q.low, q.high)};
}
