"""The numbers of quantised networks: multipliers, shifts, fixed-point functions."""
