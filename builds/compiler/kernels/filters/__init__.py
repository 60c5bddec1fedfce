"""Operators that multiply with learned weights, and pools."""
