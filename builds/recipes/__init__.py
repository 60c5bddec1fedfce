"""How a model is changed before it is built: each recipe is a room and runs in a jailed child.

Here lives quantisation to int8. Later pruning, search and distillation: a recipe takes a model and
datasets as bytes and gives a model, a report and what can be asked of it. A recipe may import the
jail, `device_agent.protocol` and what it runs itself; it knows no database, no build and no other
recipe, and only its child loads a framework.
"""
