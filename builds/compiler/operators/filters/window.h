// Where a sliding window lies. Sizes are in elements, rows before columns.

struct EfWindow {
  int32_t in_h, in_w, in_c;
  int32_t out_h, out_w;
  int32_t k_h, k_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_h, pad_w;
};
