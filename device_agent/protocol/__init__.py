"""What device and service say to each other. Pure: no input or output, no clock, no state.

This is the only part of the agent that the service imports. Everything that is parsed here came
from outside: it is bounded, and refused with a ``ProtocolError`` whose text is one clear sentence.
Unknown members are ignored, so that either side may be newer than the other.

These are forms only. How long an instruction holds is decided where it is signed
(`ota/trust/signer`), whether to follow it in `device_agent/update/trust.py`; a window of telemetry
is `frame.py`, the service's answer to it `telemetry.py`.
"""
