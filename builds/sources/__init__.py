"""Ways in for models: what a pushed file is, and how it becomes a model that builds start from.

Here live admission, which looks at an uploaded version in the jail, and one room for each kind of
file that another tool writes; each is read by a child in the jail. A source may import recipes, the
jail, the compiler's readers and the registry; it knows no build and no pipeline, which asks a
source for the int8 model of a version.

A new kind is a value of `Format` (`registry/choices.py`), known at the door by
`registry/files/sniff.py`, admitted in `admission/admit.py` and made int8 by
`builds/pipeline/quantise.py`.
"""
