// Comparisons, and what is made of their answers.

struct EfEqual {
  template <typename T>
  static bool holds(T a, T b) { return a == b; }
};
struct EfNotEqual {
  template <typename T>
  static bool holds(T a, T b) { return !(a == b); }
};
struct EfGreater {
  template <typename T>
  static bool holds(T a, T b) { return a > b; }
};
struct EfGreaterEqual {
  template <typename T>
  static bool holds(T a, T b) { return a >= b; }
};
struct EfLess {
  template <typename T>
  static bool holds(T a, T b) { return a < b; }
};
struct EfLessEqual {
  template <typename T>
  static bool holds(T a, T b) { return a <= b; }
};
struct EfLogicalAnd {
  static bool holds(bool a, bool b) { return a && b; }
};
struct EfLogicalOr {
  static bool holds(bool a, bool b) { return a || b; }
};

// Operands that are compared as they are.
template <typename Relation, typename T>
struct EfRelation {
  int32_t unused;

  EF_OPERATOR bool operator()(T a, T b) const { return Relation::holds(a, b); }
};

// Integers with a scale each: both gain eight bits and come to real numbers in fixed point.
template <typename Relation>
struct EfScaledRelation {
  int32_t multiplier_a, shift_a, multiplier_b, shift_b;
  int32_t zero_a, zero_b;

  EF_OPERATOR bool operator()(int32_t a, int32_t b) const {
    return Relation::holds(ef_scale((a - zero_a) * 256, multiplier_a, shift_a),
                           ef_scale((b - zero_b) * 256, multiplier_b, shift_b));
  }
};
