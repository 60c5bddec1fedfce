"""ONNX files: a converter takes float ones; the compiler reads what is quantised already."""
