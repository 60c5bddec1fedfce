"""One family of operators, one file: what the compiler knows of them.

Where an operator of TFLite's schema is: `git grep '"FLOOR_MOD"' builds/compiler/operators`. Some
families are named after their first operator (`floor_div.py`), some after what they do
(`comparison.py`). A file has the constraints, the lowering, and at its end `OPDEFS`: the
declarations from which every table is made (`table.py`). The C++ that only this family needs lies
beside it, as a header. `common` has what operators of several rooms share. The same operators in
real numbers, for the plausible range of outputs, stand in `builds/verify/plausible/operators`;
their small models in `tests/builds/compiler/operators`, under the same room and name.

Two lines leave when an operator arrives: its way out in `refusal.py`, and its name among `OTHERS`
of `builds/export/resolver.py`, if it is there. The schema's operators
(`compiler/graph/opcodes.py`) are all known, and the tables, the manual's page and the checks over
every value are made from `OPDEFS`. The manual's page "Add an operator" walks through all of it.
"""
