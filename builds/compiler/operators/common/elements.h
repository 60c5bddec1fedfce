// Element by element over two operands; a stride of 0 repeats an operand along an axis. Each operator gets loops
// of its own, in which its multipliers and shifts are known.

struct EfShape {
  int32_t size[5];
  int32_t a[5];
  int32_t b[5];
};

template <const auto &kOp, typename In, typename Out>
EF_KERNEL void ef_binary(const In *a, const In *b, Out *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) out[i] = kOp(a[i], b[i]);
}

template <const auto &kOp, typename In, typename Out>
EF_KERNEL void ef_broadcast(const In *a, const In *b, Out *out, const EfShape &s) {
  int32_t at[5];
  for (int32_t axis = 0; axis < 5; ++axis) at[axis] = 0;  // gcc would call memset to clear the array
  for (bool more = true; more;) {
    for (int32_t i = 0; i < s.size[4]; ++i) *out++ = kOp(a[i * s.a[4]], b[i * s.b[4]]);
    more = false;
    for (int32_t axis = 3; axis >= 0 && !more; --axis) {
      more = ++at[axis] < s.size[axis];
      const int32_t steps = more ? 1 : 1 - s.size[axis];
      if (!more) at[axis] = 0;
      a += steps * s.a[axis];
      b += steps * s.b[axis];
    }
  }
}
