"""Releases and rollouts: what the fleet may run, which devices get it when, and why it stopped.

`releases`: what may be published. `engine`: the pure decisions. `rollouts`: their tick, and the
gates that hold or fail a wave. `ddi`: what devices ask and are told. `trust`: what is signed.
"""
