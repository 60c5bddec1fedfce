#include "ef_table.h"

extern "C" {
int32_t ef_init(void);
void *ef_input(uint32_t index);
const void *ef_output(uint32_t index);
int32_t ef_invoke(void);
#if defined(EF_TABLE_FACTS)
extern const ef_facts_t ef_facts;
#endif

// Placed by the linker script.
extern char ef_image_end[];
extern char ef_ram_start[];
extern char ef_ram_end[];

struct EfHead {
  ef_table table;
  ef_facts_link link;
};

extern const EfHead ef_model_table;
__attribute__((section(".ef_head"), used)) const EfHead ef_model_table = {
    {EF_TABLE_MAGIC, EF_TABLE_ABI, &ef_model_table, ef_image_end, ef_ram_start, ef_ram_end, ef_init, ef_input,
     ef_output, ef_invoke},
#if defined(EF_TABLE_FACTS)
    {EF_FACTS_MAGIC, &ef_facts},
#else
    {0, nullptr},
#endif
};
}
