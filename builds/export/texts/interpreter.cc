// Runs the model in TensorFlow Lite Micro's interpreter, behind the functions of model.h.

#include "model.h"

#include "model_data.h"
#include "tensorflow/lite/micro/micro_allocator.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/micro/micro_resource_variable.h"
#include "tensorflow/lite/schema/schema_generated.h"

// What the interpreter was measured to need; a vendor's kernels may want more.
#ifndef EF_TFLM_ARENA_BYTES
#define EF_TFLM_ARENA_BYTES EF_ARENA_BYTES
#endif

// The interpreter moved from the one namespace to the other; this compiles with both.
namespace tflite {
namespace micro {}
}  // namespace tflite

namespace {

using namespace tflite;
using namespace tflite::micro;

constexpr int32_t kOtherSchema = -1, kNoOperator = -2, kArenaTooSmall = -3, kNotReady = -4;

using Resolver = MicroMutableOpResolver<@op_kinds@>;

alignas(16) uint8_t ef_arena[EF_TFLM_ARENA_BYTES];
MicroInterpreter *ef_interpreter = nullptr;

// The operators of this model and no others, so that the linker drops all other kernels.
bool ef_add_operators(Resolver &resolver) {
@add_operators@
  return true;
}

}  // namespace

extern "C" {

int32_t ef_init(void) {
  if (ef_interpreter != nullptr) return ef_interpreter->Reset() == kTfLiteOk ? 0 : kNotReady;
  const tflite::Model *model = tflite::GetModel(ef_model_data);
  if (model->version() != TFLITE_SCHEMA_VERSION) return kOtherSchema;
  static Resolver resolver;
  if (!ef_add_operators(resolver)) return kNoOperator;
@interpreter@
  if (interpreter.AllocateTensors() != kTfLiteOk) return kArenaTooSmall;
  ef_interpreter = &interpreter;
  return 0;
}

void *ef_input(uint32_t index) {
  if (ef_interpreter == nullptr || index >= EF_INPUTS) return nullptr;
  return ef_interpreter->input(index)->data.raw;
}

const void *ef_output(uint32_t index) {
  if (ef_interpreter == nullptr || index >= EF_OUTPUTS) return nullptr;
  return ef_interpreter->output(index)->data.raw;
}

int32_t ef_invoke(void) {
  if (ef_interpreter == nullptr) return kNotReady;
  return ef_interpreter->Invoke() == kTfLiteOk ? 0 : kNotReady;
}

@plain_names@
}  // extern "C"
