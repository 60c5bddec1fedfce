// A walk over six axes, the last one fastest: gives the offset of each element in turn.

struct EfWalk {
  int32_t at[6];
  int32_t offset;
};

// Set one by one: gcc would call memset to clear the array.
[[maybe_unused]] inline EfWalk ef_walk(int32_t offset) {
  EfWalk w;
  for (int32_t axis = 0; axis < 6; ++axis) w.at[axis] = 0;
  w.offset = offset;
  return w;
}

[[maybe_unused]] inline bool ef_next(EfWalk &w, const int32_t *size, const int32_t *stride) {
  for (int32_t axis = 5; axis >= 0; --axis) {
    if (++w.at[axis] < size[axis]) {
      w.offset += stride[axis];
      return true;
    }
    w.offset -= (size[axis] - 1) * stride[axis];
    w.at[axis] = 0;
  }
  return false;
}
