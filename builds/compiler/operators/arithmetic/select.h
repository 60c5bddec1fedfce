// Of two operands the one that a condition names; a stride of 0 repeats an operand along an axis.

struct EfSelect {
  int32_t size[5];
  int32_t condition[5], a[5], b[5];
};

template <typename T>
EF_KERNEL void ef_select(const EfSelect &s, const uint8_t *condition, const T *a, const T *b, T *out) {
  int32_t at[5];
  for (int32_t axis = 0; axis < 5; ++axis) at[axis] = 0;  // gcc would call memset to clear the array
  for (bool more = true; more;) {
    for (int32_t i = 0; i < s.size[4]; ++i) {
      *out++ = condition[i * s.condition[4]] != 0 ? a[i * s.a[4]] : b[i * s.b[4]];
    }
    more = false;
    for (int32_t axis = 3; axis >= 0 && !more; --axis) {
      more = ++at[axis] < s.size[axis];
      const int32_t steps = more ? 1 : 1 - s.size[axis];
      if (!more) at[axis] = 0;
      condition += steps * s.condition[axis];
      a += steps * s.a[axis];
      b += steps * s.b[axis];
    }
  }
}
