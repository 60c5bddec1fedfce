// Stands in for TensorFlow Lite Micro in tests; see micro_interpreter.h.
#ifndef STAND_IN_SCHEMA_H
#define STAND_IN_SCHEMA_H

#include <stdint.h>

#define TFLITE_SCHEMA_VERSION 3

namespace tflite {

class Model {
 public:
  uint32_t version() const;
};

const Model *GetModel(const void *data);

}  // namespace tflite

#endif
