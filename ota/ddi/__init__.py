"""Routes that devices call.

The members of each message stand in `device_agent/protocol/ddi.py`, for both sides of the wire; an
agent acts on them in `device_agent/agent.py`, a gateway for its children in
`device_agent/gateway/child.py`;
here `documents.py` fills a deployment and `poll.py` a poll. What a device reports goes from
`views.py` to `ota/services`, which decides what it means. Golden bytes: `tests/contract`.
"""
