// Words that overlay bytes; the second kind may lie at any address.

using EfWord = uint32_t __attribute__((may_alias));
using EfUnaligned = uint32_t __attribute__((may_alias, aligned(1)));
