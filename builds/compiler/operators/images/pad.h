// Fill the output, then put the input's runs in their places.

struct EfPad {
  int32_t size[6], stride[6];  // of the runs
  int32_t first, count, run;
  int32_t value;
};

template <typename T>
EF_KERNEL void ef_pad(const EfPad &p, const T *in, T *out) {
  int32_t filled = 0;
  if (sizeof(T) == 1) {  // a tensor begins at a word
    const uint32_t four = static_cast<uint8_t>(p.value) * 0x01010101u;
    for (; filled + 4 <= p.count; filled += 4) *reinterpret_cast<EfWord *>(out + filled) = four;
  }
  for (; filled < p.count; ++filled) out[filled] = static_cast<T>(p.value);
  EfWalk to = ef_walk(p.first);
  do {
    ef_move_run(in, 1, out + to.offset, 1, p.run);
    in += p.run;
  } while (ef_next(to, p.size, p.stride));
}
