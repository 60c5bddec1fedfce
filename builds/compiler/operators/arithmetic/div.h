// A quotient of integers with scales: the reciprocal of the divisor in fixed point, then the product.

// Divide by 2^right for any right, as a 64-bit host does with the 32-bit word: beyond 31 every bit of it is a rest.
[[maybe_unused]] inline int32_t ef_divide_far(int32_t value, int32_t right) {
  if (right <= 31) return ef_divide_round(value, right);
  const int32_t threshold = value < 0 ? 0 : -1;
  return (value >> (right & 31)) + (value > threshold ? 1 : 0);
}

struct EfDivide {
  int32_t multiplier, shift;
  int32_t zero_a, zero_b, zero, low, high;

  EF_OPERATOR int8_t operator()(int32_t a, int32_t b) const {
    const int32_t sign = b < zero_b ? -1 : 1;
    const int32_t top = sign * (a - zero_a);
    const uint32_t bottom = static_cast<uint32_t>(sign * (b - zero_b));
    // Of zero, the word shifted out leaves nothing, and the reciprocal its greatest value.
    const int32_t lead = bottom == 0u ? 32 : ef_leading_zeros(bottom);
    const uint32_t normal = bottom == 0u ? 0x80000000u : (bottom << lead) & 0x7fffffffu;
    const int32_t inverse = ef_reciprocal(static_cast<int32_t>(normal));
    const uint32_t reach = static_cast<uint32_t>(top < 0 ? -top - 1 : top);
    const int32_t room = reach == 0u ? 31 : ef_leading_zeros(reach) - 1;
    const int32_t quotient = ef_saturating_multiply(ef_shift_left(top, room), inverse);
    const int32_t scaled = ef_saturating_multiply(quotient, multiplier);
    const int32_t value = ef_divide_far(scaled, 31 - lead + room - shift) + zero;
    return static_cast<int8_t>(ef_clamp(value, low, high));
  }
};
