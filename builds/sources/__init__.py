"""Ways in for models: what a pushed file is, and how it becomes a model that builds start from.

Here lives admission, which reads an uploaded version in the jail. Later, one room for each kind of
file that another tool writes: ONNX, PyTorch, scikit-learn, each read by a child in the jail. A
source may import recipes, the jail, the compiler's readers and the registry; of the pipeline it
knows the names of files alone, so that a build does not depend on where its model came from.
"""
