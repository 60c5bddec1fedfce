// Two columns times two filters. A weight word holds two elements of two filters: each half is a + 256 * b.
// Products with the halves as they are give A + 256 * B; products with SXTB16 of the word give A alone; B is their
// difference divided by 256. The compiler has proved that B fits in 24 bits for these weights. Behind the words of
// two filters lie the constants of their output stage.

// Eight elements a turn.
[[maybe_unused]] inline int32_t ef_turns(int32_t column) { return column >> 3; }

[[maybe_unused]] inline const EfWord *ef_pair(const EfWord *weights, const EfPass &pass,
                                              int8_t *&out) {
  int32_t a = 0, a_next = 0, both = 0, both_next = 0;
#if EF_DSP_ASSEMBLY
  uint32_t w, w_next, x, x_next, columns, turns;
#define EF_DOT_PAIR(W)                \
  "smlad %[t], " W ", %[x], %[t]\n\t" \
  "smlad %[u], " W ", %[y], %[u]\n\t" \
  "sxtb16 " W ", " W "\n\t"           \
  "smlad %[a], " W ", %[x], %[a]\n\t" \
  "smlad %[b], " W ", %[y], %[b]\n\t"
#define EF_DOT_FOUR                       \
  "ldrd %[w], %[v], [%[weights]], #8\n\t" \
  "ldrd %[x], %[y], [%[columns]], #8\n\t" \
  EF_DOT_PAIR("%[w]")                     \
  "ldrd %[x], %[y], [%[columns]], #8\n\t" \
  EF_DOT_PAIR("%[v]")
#define EF_FINISH_ONE(SUM, SHIFT)           \
  "add " SUM ", %[y], " SUM ", " SHIFT "\n\t" \
  "add %[n], %[x], " SUM ", asr #31\n\t"      \
  "smmlar " SUM ", " SUM ", %[v], %[n]\n\t"   \
  "asr " SUM ", " SUM ", %[w]\n\t"            \
  "ssat " SUM ", #8, " SUM ", asr #1\n\t"
#define EF_FINISH_FILTER(SUM, NEXT, SHIFT)  \
  "ldrd %[w], %[v], [%[weights]], #8\n\t"   \
  "lsl %[x], %[columns], %[w]\n\t"         \
  "asr %[y], %[w], #7\n\t"                  \
  EF_FINISH_ONE(SUM, SHIFT)                 \
  EF_FINISH_ONE(NEXT, SHIFT)
  // Two turns a loop; an odd count enters in its middle.
  __asm__ volatile("ldrd %[columns], %[n], [%[pass]]\n\t"
                   "adds %[n], %[n], #1\n\t"
                   "lsrs %[n], %[n], #1\n\t"
                   "bcc 2f\n"
                   "1:\n\t" EF_DOT_FOUR EF_DOT_FOUR
                   "2:\n\t" EF_DOT_FOUR EF_DOT_FOUR
                   "subs %[n], %[n], #1\n\t"
                   "bne 1b\n\t"
                   "ldr %[columns], [%[pass], #8]\n\t"
                   "sub %[t], %[t], %[a]\n\t"
                   "sub %[u], %[u], %[b]\n\t"
                   EF_FINISH_FILTER("%[a]", "%[b]", "lsl #1")
                   EF_FINISH_FILTER("%[t]", "%[u]", "asr #7")
                   "ldr %[n], [%[pass], #12]\n\t"
                   "strb %[b], [%[out], %[n]]\n\t"
                   "strb %[a], [%[out]], #1\n\t"
                   "strb %[u], [%[out], %[n]]\n\t"
                   "strb %[t], [%[out]], #1\n\t"
                   : [a] "+&r"(a), [b] "+&r"(a_next), [t] "+&r"(both), [u] "+&r"(both_next),
                     [w] "=&r"(w), [v] "=&r"(w_next), [x] "=&r"(x), [y] "=&r"(x_next),
                     [weights] "+&r"(weights), [out] "+&r"(out), [columns] "=&r"(columns),
                     [n] "=&r"(turns)
                   : [pass] "r"(&pass)
                   : "cc", "memory");
#undef EF_FINISH_FILTER
#undef EF_FINISH_ONE
#undef EF_DOT_FOUR
#undef EF_DOT_PAIR
#else
  const EfWord *columns = pass.columns;
  for (int32_t k = 0; k < 4 * pass.turns; ++k, ++weights, columns += 2) {
    const uint32_t low = ef_unpack(*weights);
    both = ef_dual(*weights, columns[0], both);
    both_next = ef_dual(*weights, columns[1], both_next);
    a = ef_dual(low, columns[0], a);
    a_next = ef_dual(low, columns[1], a_next);
  }
  ef_finish_pair(pass, weights, a, a_next, both, both_next, out);
  weights += 4;
  out += 2;
#endif
  return weights;
}
