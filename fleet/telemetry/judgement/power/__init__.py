"""What can be known at all: before a fleet is watched, and before a rollout begins. Pure.

The same filter, half-widths and thresholds that judge say how large a difference must be to be
told, so that nobody waits for what their devices cannot show.
"""
