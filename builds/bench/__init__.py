"""The benchmark: public models on Cortex-M, beside TFLM with CMSIS-NN and our own limits."""
