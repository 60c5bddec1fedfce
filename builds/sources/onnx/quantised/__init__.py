"""A quantised ONNX model (QDQ) becomes the compiler's graph, with the scales that it brings."""
