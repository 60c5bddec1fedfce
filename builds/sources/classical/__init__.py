"""Classical models: trees, forests, boosted trees, distances to centres; from ONNX-ML or from a
plain JSON description, never from a pickle. Each becomes a `.tflite` of EdgeFleet's own operators.
"""
