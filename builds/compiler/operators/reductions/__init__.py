"""Operators that compute over a whole axis: sums, extremes, places, normalisations."""
