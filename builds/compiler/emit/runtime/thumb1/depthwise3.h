// One channel at a time: this core has no wider loads that would help. Rows and columns outside of the input cost no
// taps: their weights are zero, or left out, and what their zero points would have added is added at once.

constexpr int32_t kLanes = 1;

struct EfLanes {
  int32_t channel;
  int32_t above, below;  // whether these rows of the window lie inside, as prepared; -1 at first
  int32_t weights[9];    // column by column
  int32_t start;
  int32_t columns[3];  // what each would add if it lay outside
};

[[maybe_unused]] inline void ef_prepare(const EfDepthwise3 &, int32_t channel, EfLanes &lanes) {
  lanes.channel = channel;
  lanes.above = -1;
}

EF_KERNEL void ef_prepare_rows(const EfDepthwise3 &d, bool above, bool below, EfLanes &lanes) {
  const int32_t channels = d.window.in_c;
  const int8_t *weight = static_cast<const int8_t *>(d.weights) + lanes.channel;
  int32_t outside = 0;
  for (int32_t x = 0; x < 3; ++x, weight += channels) {
    const int32_t top = weight[0], middle = weight[3 * channels], bottom = weight[6 * channels];
    int32_t *const to = lanes.weights + 3 * x;
    to[0] = above ? top : 0;
    to[1] = middle;
    to[2] = below ? bottom : 0;
    lanes.columns[x] = (to[0] + to[1] + to[2]) * d.zero;
    outside += top + middle + bottom - to[0] - to[1] - to[2];
  }
  lanes.above = above;
  lanes.below = below;
  lanes.start = outside * d.zero;
}

// `count` columns, three taps each; the rows lie at these distances from `at`.
[[maybe_unused]] inline int32_t ef_columns3(const int8_t *at, const int32_t (&rows)[3], int32_t hop,
                                            const int32_t *weights, int32_t count, int32_t sum) {
  const int32_t *const end = weights + 3 * count;
#if EF_THUMB1_ASSEMBLY
  int32_t x, w;
#define EF_TAP(ROW)                  \
  "ldrsb %[x], [%[at], " ROW "]\n\t" \
  "ldmia %[weights]!, {%[w]}\n\t"    \
  "muls %[w], %[x], %[w]\n\t"        \
  "add %[sum], %[sum], %[w]\n\t"
  __asm__ volatile(".syntax unified\n"
                   "1:\n\t" EF_TAP("%[top]") EF_TAP("%[middle]") EF_TAP("%[bottom]")
                   "add %[at], %[at], %[hop]\n\t"
                   "cmp %[weights], %[end]\n\t"
                   "bne 1b"
                   : [at] "+&l"(at), [weights] "+&l"(weights), [sum] "+&h"(sum), [x] "=&l"(x),
                     [w] "=&l"(w)
                   : [top] "l"(rows[0]), [middle] "l"(rows[1]), [bottom] "l"(rows[2]),
                     [hop] "h"(hop), [end] "h"(end)
                   : "cc", "memory");
#undef EF_TAP
#else
  for (; weights != end; weights += 3, at += hop) {
    sum += at[rows[0]] * weights[0] + at[rows[1]] * weights[1] + at[rows[2]] * weights[2];
  }
#endif
  return sum;
}

EF_KERNEL void ef_depthwise3_row(const EfDepthwise3 &d, EfLanes &lanes, const int8_t *in,
                                 int32_t row, int8_t *out, bool backward) {
  const EfWindow &w = d.window;
  const EfPacked &q = d.finish;
  const bool above = row >= 0, below = row + 2 < w.in_h;
  if (lanes.above != above || lanes.below != below) ef_prepare_rows(d, above, below, lanes);
  const int32_t length = w.in_w * w.in_c;
  const int32_t middle = (row + 1) * length;
  const int32_t rows[3] = {above ? middle - length : middle, middle, below ? middle + length : middle};
  const int32_t word = q.packed[lanes.channel], multiplier = q.multiplier[lanes.channel * q.step];
  const int32_t offset = ef_packed_offset(q.rounding, word);
  const int32_t start = lanes.start + (word >> 8), shift = word & 31, hop = w.in_c;
  const int32_t first = backward ? w.out_w - 1 : 0;
  const int32_t move = backward ? -w.stride_w : w.stride_w;
  int32_t x = first * w.stride_w - w.pad_w;
  out += first * hop;
  for (int32_t left = w.out_w; left > 0; --left, x += move, out += backward ? -hop : hop) {
    int32_t sum = start, skipped = 0, last = 3;
    for (; x + skipped < 0; ++skipped) sum += lanes.columns[skipped];
    for (; x + last > w.in_w; --last) sum += lanes.columns[last - 1];
    sum = ef_columns3(in + (x + skipped) * hop, rows, hop, lanes.weights + 3 * skipped,
                      last - skipped, sum);
    const int32_t high = ef_high_multiply(sum, multiplier);
    const int32_t value = ((high + (high >> 31) + offset) >> shift) >> 1;
    *out = static_cast<int8_t>(ef_clamp(value, int32_t{-128}, int32_t{127}));
  }
}
