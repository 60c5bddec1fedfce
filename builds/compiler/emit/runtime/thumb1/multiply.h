// Two columns times two filters. A weight word holds two elements of two filters: each half is a + 256 * b.
// Products with the halves as they are give A + 256 * B; products with the low bytes give A alone; B is their
// difference divided by 256. The compiler has proved that B fits in 24 bits for these weights. Behind the words of
// two filters lie the constants of their output stage.

[[maybe_unused]] inline int32_t ef_turns(int32_t column) { return column; }

[[maybe_unused]] inline const EfWord *ef_pair(const EfWord *weights, const EfPass &pass,
                                              int8_t *&out) {
  int32_t a = 0, a_next = 0, both = 0, both_next = 0;
  const int32_t elements = pass.turns;
  const EfWord *columns = pass.columns;
#if EF_THUMB1_ASSEMBLY
  const EfWord *const end = columns + 2 * elements;
  uint32_t w, v, p, x, y;
#define EF_DOT_ONE(V, SUM, NEXT)   \
  "movs %[p], " V "\n\t"           \
  "muls %[p], %[x], %[p]\n\t"      \
  "add " SUM ", " SUM ", %[p]\n\t" \
  "muls " V ", %[y], " V "\n\t"    \
  "add " NEXT ", " NEXT ", " V "\n\t"
#define EF_DOT_TWO                           \
  "ldmia %[weights]!, {%[w]}\n\t"            \
  "ldr %[x], [%[columns]]\n\t"               \
  "ldr %[y], [%[columns], #4]\n\t"           \
  "sxth %[v], %[w]\n\t"                      \
  EF_DOT_ONE("%[v]", "%[t]", "%[u]")         \
  "sxtb %[v], %[w]\n\t"                      \
  EF_DOT_ONE("%[v]", "%[a]", "%[b]")         \
  "ldr %[x], [%[columns], #8]\n\t"           \
  "ldr %[y], [%[columns], #12]\n\t"          \
  "adds %[columns], #16\n\t"                 \
  "asrs %[w], %[w], #16\n\t"                 \
  "sxtb %[v], %[w]\n\t"                      \
  EF_DOT_ONE("%[w]", "%[t]", "%[u]")         \
  EF_DOT_ONE("%[v]", "%[a]", "%[b]")
  __asm__ volatile(".syntax unified\n"
                   "1:\n\t" EF_DOT_TWO
                   "cmp %[columns], %[end]\n\t"
                   "bne 1b"
                   : [a] "+&h"(a), [b] "+&h"(a_next), [t] "+&h"(both), [u] "+&h"(both_next),
                     [w] "=&l"(w), [v] "=&l"(v), [p] "=&l"(p), [x] "=&l"(x), [y] "=&l"(y),
                     [weights] "+&l"(weights), [columns] "+&l"(columns)
                   : [end] "h"(end)
                   : "cc", "memory");
#undef EF_DOT_TWO
#undef EF_DOT_ONE
#elif defined(__ARM_ARCH_7M__)
  const EfWord *const end = columns + 2 * elements;
  uint32_t w, v, x, y;
#define EF_DOT_ONE(SUM, NEXT)           \
  "mla " SUM ", %[v], %[x], " SUM "\n\t" \
  "mla " NEXT ", %[v], %[y], " NEXT "\n\t"
  __asm__ volatile("1:\n\t"
                   "ldr %[w], [%[weights]], #4\n\t"
                   "ldrd %[x], %[y], [%[columns]], #8\n\t"
                   "sxth %[v], %[w]\n\t" EF_DOT_ONE("%[t]", "%[u]")
                   "sxtb %[v], %[w]\n\t" EF_DOT_ONE("%[a]", "%[b]")
                   "ldrd %[x], %[y], [%[columns]], #8\n\t"
                   "asr %[v], %[w], #16\n\t" EF_DOT_ONE("%[t]", "%[u]")
                   "sxtb %[v], %[w], ror #16\n\t" EF_DOT_ONE("%[a]", "%[b]")
                   "cmp %[columns], %[end]\n\t"
                   "bne 1b"
                   : [a] "+&r"(a), [b] "+&r"(a_next), [t] "+&r"(both), [u] "+&r"(both_next),
                     [w] "=&r"(w), [v] "=&r"(v), [x] "=&r"(x), [y] "=&r"(y),
                     [weights] "+&r"(weights), [columns] "+&r"(columns)
                   : [end] "r"(end)
                   : "cc", "memory");
#undef EF_DOT_ONE
#else
  for (int32_t k = 0; k < elements; ++k, columns += 2) {
    const uint32_t half = k % 2 == 0 ? *weights : *weights++ >> 16;
    const int32_t w = static_cast<int16_t>(static_cast<uint16_t>(half));
    const int32_t low = static_cast<int8_t>(static_cast<uint8_t>(half));
    const int32_t x = static_cast<int32_t>(columns[0]), y = static_cast<int32_t>(columns[1]);
    both = ef_wrapping_sum(both, w * x);
    both_next = ef_wrapping_sum(both_next, w * y);
    a += low * x;
    a_next += low * y;
  }
#endif
  ef_finish_pair(pass, weights, a, a_next, both, both_next, out);
  out += 2;
  return weights + 4;
}
