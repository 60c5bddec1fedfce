// Fill the output, then put the input's elements in their places.

struct EfPad {
  int32_t size[6], stride[6];
  int32_t first, count;
  int32_t value;
};

template <typename T>
EF_KERNEL void ef_pad(const EfPad &p, const T *in, T *out) {
  for (int32_t i = 0; i < p.count; ++i) out[i] = static_cast<T>(p.value);
  EfWalk to = ef_walk(p.first);
  do {
    out[to.offset] = *in++;
  } while (ef_next(to, p.size, p.stride));
}
