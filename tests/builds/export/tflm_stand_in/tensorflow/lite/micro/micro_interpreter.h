// Stands in for TensorFlow Lite Micro in tests: the declarations that an export uses, and nothing that runs.
#ifndef STAND_IN_MICRO_INTERPRETER_H
#define STAND_IN_MICRO_INTERPRETER_H

#include <stddef.h>
#include <stdint.h>

#include "tensorflow/lite/micro/micro_allocator.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/micro/micro_resource_variable.h"
#include "tensorflow/lite/schema/schema_generated.h"

union TfLitePtrUnion {
  char *raw;
};

struct TfLiteTensor {
  TfLitePtrUnion data;
};

STAND_IN_BEGIN

class MicroProfilerInterface;

class MicroInterpreter {
 public:
  MicroInterpreter(const Model *model, const MicroOpResolver &resolver, uint8_t *arena, size_t arena_size,
                   MicroResourceVariables *variables = nullptr, MicroProfilerInterface *profiler = nullptr,
                   bool preserve_all_tensors = false);
  ~MicroInterpreter();
  MicroInterpreter(const Model *model, const MicroOpResolver &resolver, MicroAllocator *allocator,
                   MicroResourceVariables *variables = nullptr, MicroProfilerInterface *profiler = nullptr);
  TfLiteStatus AllocateTensors();
  TfLiteStatus Invoke();
  TfLiteStatus Reset();
  TfLiteTensor *input(size_t index);
  TfLiteTensor *output(size_t index);
};

STAND_IN_END

#endif
