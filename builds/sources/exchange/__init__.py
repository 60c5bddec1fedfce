"""A version as one signed file, from one service to another: model, datasets, builds and history.

What comes in is pushed as anything else: the bytes decide, and admission reads them. Builds of the
other service are kept as evidence and never installed, since devices here trust keys from here.
"""
