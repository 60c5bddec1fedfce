"""Is a fleet's model still what it was? A judgement with a stated budget of false alarms. Pure.

Counts of equal steps of time go in; incidents and rollout verdicts come out. NumPy only.

* Each device is compared with its own past at the same hour, beside the others of the fleet
  (`scoring`, `common`, `components`, `filtering`): what is left is white noise of known variance.
* Deciding is sequential (`cusum`, `guard`): looking at every step costs nothing.
* What is told is told once, at the level that explains it; absence, too (`telling`).
* Whatever one device claims, it has one bounded vote (`votes`, `huber`).
"""
