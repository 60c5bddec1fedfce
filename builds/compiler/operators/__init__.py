"""One operator, one file: what the compiler knows of it, found by its name in TFLite's schema.

A file has the operator's constraints, its lowering, and at its end `OPDEFS`: the declarations from
which every table is made (`table.py`). The C++ that only this operator needs lies beside it, as a
header. `common` has what operators of several rooms share. The same operator in real numbers, for
the plausible range of outputs, stands in `builds/verify/plausible/operators`.

Two lines leave when an operator arrives: its way out in `refusal.py`, and its name among `OTHERS`
of `builds/export/resolver.py`. The schema's operators (`compiler/graph/opcodes.py`) are all known,
and the tables, the manual's page and the checks over every value are made from `OPDEFS`. The
manual's page "Add an operator" walks through all of it.
"""
