"""Deployment archives of Edge Impulse: the zip of a C++ library, read as text. Pure: no database.

The layout is that of the archives which its Studio writes and people publish: constants and labels
under `model-parameters`, the network under `tflite-model`. Nothing in there is compiled or run.
"""
