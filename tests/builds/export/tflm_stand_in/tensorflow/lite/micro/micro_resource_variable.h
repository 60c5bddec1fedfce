// Stands in for TensorFlow Lite Micro in tests; see micro_interpreter.h.
#ifndef STAND_IN_MICRO_RESOURCE_VARIABLE_H
#define STAND_IN_MICRO_RESOURCE_VARIABLE_H

#include "tensorflow/lite/micro/micro_allocator.h"

STAND_IN_BEGIN

class MicroResourceVariables {
 public:
  static MicroResourceVariables *Create(MicroAllocator *allocator, int variables);
};

STAND_IN_END

#endif
