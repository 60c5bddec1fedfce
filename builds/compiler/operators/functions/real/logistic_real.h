// 1 / (1 + e^-x); TFLM cuts its ends short.
[[maybe_unused]] inline float ef_logistic(float x) {
  if (x > 16.619047164916992188f) return 1.0f;
  if (x < -9.0f) return ef_exp(x);
  return 1.0f / (1.0f + ef_exp(-x));
}
