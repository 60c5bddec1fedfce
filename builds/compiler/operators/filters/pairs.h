// Output stage of two filters that share words: its constants lie behind their weights, packed word and multiplier
// of the one, then of the other.

struct EfPairs {
  int32_t words;     // of one group: weights and constants
  int32_t rounding;  // 2 * zero point + 1
  int32_t low, high;

  bool clamps() const { return low > -128 || high < 127; }
};

using EfFinish = EfPairs;

// What the loop over filters needs of a group: two columns, and where the second pixel's outputs go.
struct EfPass {
  const EfWord *columns;
  int32_t turns, rounding;
  int32_t hop;  // bytes from the first pixel to the second
};

[[maybe_unused]] inline int8_t ef_finish(int32_t rounding, const EfWord *constants, int32_t twice) {
  const int32_t packed = static_cast<int32_t>(constants[0]);
  const int32_t multiplier = static_cast<int32_t>(constants[1]);
  const int32_t offset = ef_packed_offset(rounding, packed);
  return static_cast<int8_t>(ef_packed_output(offset, packed, multiplier, twice));
}

// From two filters' sums to their outputs: `a` alone, and `both` with the second filter's sum times 256.
[[maybe_unused]] inline void ef_finish_pair(const EfPass &pass, const EfWord *constants, int32_t a,
                                            int32_t a_next, int32_t both, int32_t both_next,
                                            int8_t *out) {
  const int32_t b = ef_wrapping_difference(both, a) >> 7;
  const int32_t b_next = ef_wrapping_difference(both_next, a_next) >> 7;
  out[pass.hop] = ef_finish(pass.rounding, constants, a_next * 2);
  out[0] = ef_finish(pass.rounding, constants, a * 2);
  out[pass.hop + 1] = ef_finish(pass.rounding, constants + 2, b_next);
  out[1] = ef_finish(pass.rounding, constants + 2, b);
}
