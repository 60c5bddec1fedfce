"""ONNX files: what a file holds, read by ourselves, and what in it nobody here can run."""
