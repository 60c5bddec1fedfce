// The entry of a model image: compiled with the model and its golden vectors, and placed by the linker script.
#include "model_entry.h"

#include "golden.h"
#include "schema_words.h"

extern "C" {
// Placed by the linker script.
extern char ef_ram_start[];
extern char ef_ram_end[];
}

namespace {

int32_t run_vector(uint32_t index) { return index < EF_GOLDEN_VECTORS ? ef_golden_run(index) : 0; }

const ef_model_info kInfo = {
    EF_MODEL_NAME, EF_MODEL_VERSION, EF_GOLDEN_VECTORS,     run_vector,
    EF_INPUTS,     EF_OUTPUTS,       ef_golden_input_bytes, ef_golden_output_bytes,
    ef_golden_inputs, kSchema,       EF_SCHEMA_WORDS_HELD,
};

}  // namespace

extern "C" __attribute__((section(".ef_head"), used)) const ef_model_entry ef_model_image_entry = {
    EF_ENTRY_MAGIC, sizeof(ef_model_entry), ef_ram_start, ef_ram_end, ef_init,
    ef_input,       ef_output,              ef_invoke,    &kInfo,
    EF_MODEL_INPUT_SCALE, EF_MODEL_INPUT_ZERO_POINT,
};
