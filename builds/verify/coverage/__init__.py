"""How much of a model the golden vectors reach, and which vectors reach the most."""

from builds.verify.coverage.chosen import Chosen, Coverage, Reached, choose

__all__ = ["Chosen", "Coverage", "Reached", "choose"]
