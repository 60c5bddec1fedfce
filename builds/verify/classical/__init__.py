"""The proof of classical models, which TensorFlow Lite Micro has no operators for: their reference
evaluator, and vectors on both sides of every threshold."""
