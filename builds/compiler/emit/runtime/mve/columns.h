// Columns of bytes, one after the other, moved sixteen at a time.

using EfCell = int8_t;
using EfFinish = EfOutput;

[[maybe_unused]] inline EfCell *ef_second(EfCell *columns, int32_t column) {
  return columns + column;
}

[[maybe_unused]] inline EfCell *ef_fill(EfCell *to, int32_t count, int32_t value) {
#if EF_MVE_ASSEMBLY
  EfCell *at = to;
  __asm__ volatile("vdup.8 q0, %[value]\n\t"
                   "wlstp.8 lr, %[count], 2f\n"
                   "1:\n\t"
                   "vstrb.8 q0, [%[at]], #16\n\t"
                   "letp lr, 1b\n"
                   "2:"
                   : [at] "+&r"(at)
                   : [value] "r"(value), [count] "r"(count)
                   : "lr", "q0", "memory");
#else
  for (int32_t i = 0; i < count; ++i) to[i] = static_cast<EfCell>(value);
#endif
  return to + count;
}

[[maybe_unused]] inline EfCell *ef_copy(EfCell *to, const int8_t *from, int32_t count) {
#if EF_MVE_ASSEMBLY
  EfCell *at = to;
  __asm__ volatile("wlstp.8 lr, %[count], 2f\n"
                   "1:\n\t"
                   "vldrb.u8 q0, [%[from]], #16\n\t"
                   "vstrb.8 q0, [%[at]], #16\n\t"
                   "letp lr, 1b\n"
                   "2:"
                   : [at] "+&r"(at), [from] "+&r"(from)
                   : [count] "r"(count)
                   : "lr", "q0", "memory");
#else
  for (int32_t i = 0; i < count; ++i) to[i] = from[i];
#endif
  return to + count;
}
