"""Metrics in, drift out."""
