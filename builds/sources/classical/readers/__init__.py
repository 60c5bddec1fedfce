"""Readers of classical models: our own JSON, ONNX-ML, scikit-learn saved by skops. Pure."""
