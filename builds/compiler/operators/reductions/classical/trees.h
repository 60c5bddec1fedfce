// Trees as tables: a node asks one feature and goes to one of its two children; below 0 a child is ~row of leaves.

template <typename Feature, typename Value, typename Child>
[[maybe_unused]] inline int32_t ef_leaf(const Feature *feature, const Value *threshold, const Child *child, int32_t at,
                                        const Value *x) {
  while (at >= 0) at = child[2 * at + (x[feature[at]] > threshold[at] ? 1 : 0)];
  return ~at;
}

// Each leaf has a number for every sum.
template <typename Feature, typename Value, typename Child, typename Root, typename Leaf>
EF_KERNEL void ef_trees(const Feature *feature, const Value *threshold, const Child *child, const Root *root,
                        const Leaf *leaf, const Value *x, int32_t *sums, int32_t trees, int32_t width) {
  for (int32_t tree = 0; tree < trees; ++tree) {
    const Leaf *row = leaf + ef_leaf(feature, threshold, child, root[tree], x) * width;
    for (int32_t i = 0; i < width; ++i) sums[i] += row[i];
  }
}

// Each tree adds to sums of its own.
template <typename Feature, typename Value, typename Child, typename Root, typename Leaf, typename Target>
EF_KERNEL void ef_trees_each(const Feature *feature, const Value *threshold, const Child *child, const Root *root,
                             const Leaf *leaf, const Target *target, const Value *x, int32_t *sums, int32_t trees,
                             int32_t width) {
  for (int32_t tree = 0; tree < trees; ++tree) {
    const Leaf *row = leaf + ef_leaf(feature, threshold, child, root[tree], x) * width;
    for (int32_t i = 0; i < width; ++i) sums[target[tree] + i] += row[i];
  }
}
