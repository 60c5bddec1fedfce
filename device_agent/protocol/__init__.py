"""What device and service say to each other. Pure: no input or output, no clock, no state.

This is the only part of the agent that the service imports. Everything that is parsed here came
from outside: it is bounded, and refused with a ``ProtocolError`` whose text is one clear sentence.
Unknown members are ignored, so that either side may be newer than the other.
"""
