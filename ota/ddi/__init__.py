"""Routes that devices call.

The members of each message stand in `device_agent/protocol/ddi.py`, for both sides of the wire;
here `documents.py` fills a deployment and `poll.py` a poll. What a device reports goes from
`views.py` to `ota/services`, which decides what it means. Golden bytes: `tests/contract`.
"""
