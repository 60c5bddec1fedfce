"""Wilson's interval of a share: sensible at 0 of n and at n of n, where the usual one has no
width.
"""

from math import sqrt

Z_95 = 1.959964  # two-sided 95 %


def wilson(hits: float, trials: float, z: float = Z_95) -> tuple[float, float]:
    """Lower and upper bound of the share; (0, 1) of no trials, because nothing is known."""
    if trials <= 0:
        return 0.0, 1.0
    share = hits / trials
    centre = share + z * z / (2 * trials)
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
