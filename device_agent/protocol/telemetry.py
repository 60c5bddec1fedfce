"""What the service answers to a posted window."""

from dataclasses import dataclass

from device_agent.protocol import fields


@dataclass(frozen=True, slots=True)
class Ack:
    """The window is counted, once; up to which sequence number; the service's Unix time."""

    dup: bool
    high_seq: int
    server_time: int


def dump_ack(ack: Ack) -> dict[str, object]:
    """Return the answer's JSON value."""
    return {"dup": ack.dup, "high_seq": ack.high_seq, "server_time": ack.server_time}


def parse_ack(value: object) -> Ack:
    """Return the answer; a device only needs to know that it is one."""
    data = fields.members(value, "The telemetry answer")
    return Ack(
        dup=data.get("dup") is True,
        high_seq=fields.integer(data, "high_seq"),
        server_time=int(fields.number(data, "server_time")),
    )
