/* A model of four int8 numbers: the input turned by one place. CRASH, HANG, WRONG and TALKS misbehave;
   with LATER, only after the tenth call; GREEDY holds 512 MiB. */
typedef unsigned int u32;
#ifdef TALKS
extern long write(int, const void *, unsigned long);
#endif
#ifdef GREEDY
static char greedy[512u << 20];
#endif
#ifdef LATER
static int calls;
#else
#define calls 11
#endif
static signed char input[4], output[4];
int ef_init(void) { return 0; }
void *ef_input(u32 index) { return index == 0 ? input : 0; }
const void *ef_output(u32 index) { return index == 0 ? output : 0; }
int ef_invoke(void) {
#ifdef LATER
    calls++;
#endif
#ifdef GREEDY
    ((volatile char *)greedy)[calls] = 1;
#endif
#ifdef CRASH
    if (calls > 10) *(volatile int *)0 = 1;
#endif
#ifdef HANG
    for (; calls > 10;) __asm__ volatile("");
#endif
#ifdef TALKS
    for (int i = 0; i < 1 << 16; i++) write(1, "talk ", 5);
#endif
#ifdef REFUSES
    return 7;
#endif
    for (u32 i = 0; i < 4; i++) output[i] = input[(i + 1) % 4];
#ifdef WRONG
    output[0] ^= 1;
#endif
    return 0;
}
