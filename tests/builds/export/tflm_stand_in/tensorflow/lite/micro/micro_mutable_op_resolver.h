// Stands in for TensorFlow Lite Micro in tests; see micro_interpreter.h.
#ifndef STAND_IN_RESOLVER_H
#define STAND_IN_RESOLVER_H

#include "tensorflow/lite/micro/micro_namespace.h"

enum TfLiteStatus { kTfLiteOk, kTfLiteError };

STAND_IN_BEGIN

class MicroOpResolver {};

template <unsigned int count>
class MicroMutableOpResolver : public MicroOpResolver {
 public:
  static_assert(count == 3, "one place for each operator");
  TfLiteStatus AddConv2D();
  TfLiteStatus AddFullyConnected();
  TfLiteStatus AddSoftmax();
};

STAND_IN_END

#endif
