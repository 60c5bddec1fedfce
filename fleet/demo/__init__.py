"""The demonstration: one model's way from training data to a fleet of devices and back as metrics.

Everything in it is real: it trains, talks REST as CI would, and runs agents as devices do. It
imports no app.
"""
