// Four channels at a time. A column of the window is unpacked once for all windows that share it: a word for each
// channel with the upper two rows, then the third row as SXTB16 gives it. Weights have the same layout, so that one
// SMLAD does two taps. They are doubled, and sums start at twice the bias, because the output stage doubles. A row
// outside of the input is a word of zero points, read again for every pixel.

constexpr int32_t kLanes = 4;
constexpr int32_t kColumnWords = 6;
constexpr int32_t kColumns = 8;  // unpacked at a time

// The three rows under a row of windows: where they begin, and how far their pixels are apart.
struct EfRows {
  const int8_t *at[3];
  int32_t hop[3];
};

struct EfLanes {
  int32_t start[4];
  EfWord weights[3 * kColumnWords];
  int32_t finish[12];  // multiplier, shift and offset of each channel
};

[[maybe_unused]] inline EfWord *ef_column(uint32_t above, uint32_t middle, uint32_t below,
                                          EfWord *to) {
  const uint32_t even = ef_even_bytes(above), odd = ef_odd_bytes(above);
  const uint32_t next_even = ef_even_bytes(middle), next_odd = ef_odd_bytes(middle);
  to[0] = ef_low_halves(even, next_even);
  to[1] = ef_low_halves(odd, next_odd);
  to[2] = ef_high_halves(even, next_even);
  to[3] = ef_high_halves(odd, next_odd);
  to[4] = ef_even_bytes(below);
  to[5] = ef_odd_bytes(below);
  return to + kColumnWords;
}

EF_KERNEL void ef_prepare(const EfDepthwise3 &d, int32_t channel, EfLanes &lanes) {
  const EfPacked &q = d.finish;
  const EfWord *weights = static_cast<const EfWord *>(d.weights) + channel / kLanes * 9;
  EfWord *to = lanes.weights;
  for (int32_t x = 0; x < 3; ++x, ++weights) to = ef_column(weights[0], weights[3], weights[6], to);
  for (EfWord &word : lanes.weights) word = (word << 1) & ~0x10000u;
  for (int32_t lane = 0; lane < kLanes; ++lane, ++channel) {
    const int32_t packed = q.packed[channel];
    lanes.start[lane] = packed >> 7;
    lanes.finish[3 * lane] = q.multiplier[channel * q.step];
    lanes.finish[3 * lane + 1] = packed & 31;
    lanes.finish[3 * lane + 2] = ef_packed_offset(q.rounding, packed);
  }
}

[[maybe_unused]] inline EfWord *ef_outside(int32_t count, uint32_t zeros, EfWord *to) {
  for (; count > 0; --count, to += kColumnWords) {
    to[0] = to[1] = to[2] = to[3] = to[4] = to[5] = zeros;
  }
  return to;
}

// `count` columns from `x` on. The compiler has seen to it that at most two lie to the left of the input, and that the
// first is not more than one to the right of it.
EF_KERNEL void ef_columns(const EfDepthwise3 &d, const EfRows &rows, int32_t x, int32_t count,
                          EfWord *to) {
  const uint32_t zeros = static_cast<uint16_t>(static_cast<int16_t>(d.zero)) * 0x10001u;
  const int32_t left = x < 0 ? -x : 0, beyond = x + count - d.window.in_w;
  const int32_t right = beyond > 0 ? beyond : 0, inside = count - left - right;
  const int32_t hop0 = rows.hop[0], hop1 = rows.hop[1], hop2 = rows.hop[2];
  const int8_t *at0 = rows.at[0] + (x + left) * hop0;
  const int8_t *at1 = rows.at[1] + (x + left) * hop1;
  const int8_t *at2 = rows.at[2] + (x + left) * hop2;
  to = ef_outside(left, zeros, to);
  for (EfWord *const end = to + inside * kColumnWords; to < end;) {
    to = ef_column(*reinterpret_cast<const EfWord *>(at0), *reinterpret_cast<const EfWord *>(at1),
                   *reinterpret_cast<const EfWord *>(at2), to);
    at0 += hop0;
    at1 += hop1;
    at2 += hop2;
  }
  ef_outside(right, zeros, to);
}

// One pixel of four channels, from three columns; gives what lies behind them.
[[maybe_unused]] inline const EfWord *ef_window3(const EfLanes &lanes, const EfWord *columns, int8_t *out) {
#if EF_DSP_ASSEMBLY
  const int32_t *at = lanes.start;
  int32_t a, b, c, d;
#define EF_COLUMN                             \
  "ldrd r4, r5, [%[x]], #8\n\t"               \
  "ldm %[at]!, {r6, r8, r9, r10}\n\t"         \
  "smlad %[a], r4, r6, %[a]\n\t"              \
  "smlad %[b], r5, r8, %[b]\n\t"              \
  "ldrd r4, r5, [%[x]], #8\n\t"               \
  "smlad %[c], r4, r9, %[c]\n\t"              \
  "smlad %[d], r5, r10, %[d]\n\t"             \
  "ldrd r4, r5, [%[x]], #8\n\t"               \
  "ldrd r6, r8, [%[at]], #8\n\t"              \
  "smlabb %[a], r4, r6, %[a]\n\t"             \
  "smlabb %[b], r5, r8, %[b]\n\t"             \
  "smlatt %[c], r4, r6, %[c]\n\t"             \
  "smlatt %[d], r5, r8, %[d]\n\t"
#define EF_FINISH(SUM, LANE)                  \
  "ldm %[at]!, {r4, r5, r6}\n\t"              \
  "add r6, r6, " SUM ", asr #31\n\t"          \
  "smmlar " SUM ", " SUM ", r4, r6\n\t"       \
  "asr " SUM ", " SUM ", r5\n\t"              \
  "ssat " SUM ", #8, " SUM ", asr #1\n\t"       \
  "strb " SUM ", [%[out], #" LANE "]\n\t"
  __asm__ volatile("ldrd %[a], %[b], [%[at]], #8\n\t"
                   "ldrd %[c], %[d], [%[at]], #8\n\t" EF_COLUMN EF_COLUMN EF_COLUMN
                       EF_FINISH("%[a]", "0") EF_FINISH("%[b]", "1")
                       EF_FINISH("%[c]", "2") EF_FINISH("%[d]", "3")
                   : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [x] "+&r"(columns),
                     [at] "+&r"(at)
                   : [out] "r"(out)
                   : "r4", "r5", "r6", "r8", "r9", "r10", "memory");
#undef EF_FINISH
#undef EF_COLUMN
#else
  const EfWord *weights = lanes.weights;
  int32_t sums[4] = {lanes.start[0], lanes.start[1], lanes.start[2], lanes.start[3]};
  for (int32_t x = 0; x < 3; ++x, columns += kColumnWords, weights += kColumnWords) {
    for (int32_t i = 0; i < 4; ++i) {
      const uint32_t third = columns[4 + i % 2] & (i < 2 ? 0xffffu : 0xffff0000u);
      sums[i] = ef_dual(third, weights[4 + i % 2], ef_dual(columns[i], weights[i], sums[i]));
    }
  }
  for (int32_t i = 0; i < 4; ++i) {
    const int32_t *const finish = lanes.finish + 3 * i;
    out[i] = static_cast<int8_t>(ef_packed_output(finish[2], finish[1], finish[0], sums[i]));
  }
#endif
  return columns;
}

EF_KERNEL void ef_windows3(const EfLanes &lanes, const EfWord *columns, int32_t step, int8_t *out,
                           int32_t hop, int32_t count) {
  for (; count > 0; --count, columns += step, out += hop) {
    columns = ef_window3(lanes, columns, out) - 3 * kColumnWords;
  }
}

[[maybe_unused]] inline void ef_row(const EfWindow &w, const int8_t *in, int32_t row,
                                    const uint32_t &outside, const int8_t *&at, int32_t &hop) {
  const bool inside = ef_inside(row, w.in_h);
  hop = inside ? w.in_c : 0;
  at = inside ? in + row * w.in_w * w.in_c : reinterpret_cast<const int8_t *>(&outside);
}

[[maybe_unused]] inline void ef_depthwise3_row(const EfDepthwise3 &d, const EfLanes &lanes,
                                               const int8_t *in, int32_t row, int8_t *out,
                                               bool backward) {
  const EfWindow &w = d.window;
  const uint32_t outside = static_cast<uint8_t>(static_cast<int8_t>(d.zero)) * 0x01010101u;
  EfRows rows;
  ef_row(w, in, row, outside, rows.at[0], rows.hop[0]);
  ef_row(w, in, row + 1, outside, rows.at[1], rows.hop[1]);
  ef_row(w, in, row + 2, outside, rows.at[2], rows.hop[2]);
  EfWord columns[kColumns * kColumnWords];
  for (int32_t left = w.out_w; left > 0; left -= d.most) {
    const int32_t count = left < d.most ? left : d.most;
    const int32_t first = backward ? left - count : w.out_w - left;
    int8_t *const to = out + first * w.in_c;
    ef_columns(d, rows, first * w.stride_w - w.pad_w, (count - 1) * w.stride_w + 3, columns);
    ef_windows3(lanes, columns, w.stride_w * kColumnWords, to, w.in_c, count);
  }
}
