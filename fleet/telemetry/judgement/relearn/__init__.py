"""What goes on being learnt when the first week is over: how far healthy levels reach, and
whether weekdays differ. Pure.
"""
