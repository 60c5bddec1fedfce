"""True labels that arrive late: what they say of accuracy, of their mix and of their meaning."""
