// One convolution, as its kernel needs it.

struct EfConv {
  EfWindow window;
  int32_t groups, in_group, out_group;  // channels of one group
  int32_t column;                       // elements of one column, padded for the multiply loop
  int32_t zero;                         // zero point of the input
  const void *weights;
  EfFinish finish;
};
