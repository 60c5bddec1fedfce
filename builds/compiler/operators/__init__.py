"""One operator, one file: what the compiler knows of it, found by its name in TFLite's schema.

A file has the operator's constraints, its lowering, and at its end `OPDEFS`: the declarations from
which every table is made (`table.py`). The C++ that only this operator needs lies beside it, as a
header. `common` has what operators of several rooms share.
"""
