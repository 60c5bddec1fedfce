// Stands in for TensorFlow Lite Micro in tests; see micro_interpreter.h.
#ifndef STAND_IN_MICRO_ALLOCATOR_H
#define STAND_IN_MICRO_ALLOCATOR_H

#include <stddef.h>
#include <stdint.h>

namespace tflite {

class MicroAllocator {
 public:
  static MicroAllocator *Create(uint8_t *arena, size_t arena_size);
};

}  // namespace tflite

#endif
