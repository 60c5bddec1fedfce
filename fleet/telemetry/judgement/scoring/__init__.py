"""From counts to a few numbers a step and device: what they are of, how they are weighed. Pure."""
