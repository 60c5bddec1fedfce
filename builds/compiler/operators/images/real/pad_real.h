// Fill the output with a real number, then put the input's runs in their places.

struct EfPadReal {
  int32_t size[6], stride[6];  // of the runs
  int32_t first, count, run;
  const float *value;
};

EF_KERNEL void ef_pad_real(const EfPadReal &p, const float *in, float *out) {
  for (int32_t i = 0; i < p.count; ++i) out[i] = *p.value;
  EfWalk to = ef_walk(p.first);
  do {
    for (int32_t i = 0; i < p.run; ++i) out[to.offset + i] = in[i];
    in += p.run;
  } while (ef_next(to, p.size, p.stride));
}
