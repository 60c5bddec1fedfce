// Stands in for TensorFlow Lite Micro in tests; see micro_interpreter.h.
#ifndef STAND_IN_MICRO_ALLOCATOR_H
#define STAND_IN_MICRO_ALLOCATOR_H

#include <stddef.h>
#include <stdint.h>

#include "tensorflow/lite/micro/micro_namespace.h"

STAND_IN_BEGIN

enum class MemoryPlannerType { kGreedy };

class MicroAllocator {
 public:
  static MicroAllocator *Create(uint8_t *arena, size_t arena_size,
                                MemoryPlannerType planner = MemoryPlannerType::kGreedy);
};

STAND_IN_END

#endif
