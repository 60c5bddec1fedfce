// Copy a block of elements from one layout to another. Axes are outermost first; the last one is the inner loop.

struct EfMove {
  int32_t size[6], from[6], to[6];
  int32_t from_first, to_first;
};

template <typename T>
[[maybe_unused]] inline void ef_move_run(const T *from, int32_t from_step, T *to, int32_t to_step,
                                         int32_t count) {
#if defined(__ARM_FEATURE_UNALIGNED)
  if (sizeof(T) == 1 && from_step == 1 && to_step == 1) {
    for (; count >= 4; count -= 4, from += 4, to += 4)
      *reinterpret_cast<EfUnaligned *>(to) = *reinterpret_cast<const EfUnaligned *>(from);
  }
#endif
  for (int32_t i = 0; i < count; ++i) to[i * to_step] = from[i * from_step];
}

template <typename T>
EF_KERNEL void ef_move(const EfMove &m, const T *in, T *out) {
  int32_t from = m.from_first, to = m.to_first, axis;
  int32_t at[5];
  for (axis = 0; axis < 5; ++axis) at[axis] = 0;  // gcc would call memset for an initializer
  do {
    ef_move_run(in + from, m.from[5], out + to, m.to[5], m.size[5]);
    for (axis = 4; axis >= 0; --axis) {
      from += m.from[axis];
      to += m.to[axis];
      if (++at[axis] < m.size[axis]) break;
      from -= m.size[axis] * m.from[axis];
      to -= m.size[axis] * m.to[axis];
      at[axis] = 0;
    }
  } while (axis >= 0);
}
