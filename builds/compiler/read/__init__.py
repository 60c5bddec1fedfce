"""A .tflite file becomes a graph, with constants folded and shapes known."""
