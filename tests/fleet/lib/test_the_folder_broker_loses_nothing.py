"""Messages in a folder: whole, in order, each taken once, by however many processes."""

import multiprocessing
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from fleet.lib import broker

SENDERS, EACH = 4, 60


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    return {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
    }


def opened(options: dict[str, Any]) -> Connection:
    broker.register()
    return Connection("folder://", transport_options=options)


def queue_of(options: dict[str, Any]) -> str:
    # kombu remembers bindings by name for the whole process, so each test has a name of its own.
    return Path(options["control_folder"]).parent.name


def send(options: dict[str, Any], sender: int) -> None:
    with opened(options) as connection:
        queue = connection.SimpleQueue(queue_of(options))
        for number in range(EACH):
            queue.put({"sender": sender, "number": number})


def take_all(options: dict[str, Any]) -> list[Any]:
    taken: list[Any] = []
    with opened(options) as connection:
        queue = connection.SimpleQueue(queue_of(options))
        while True:
            try:
                message = queue.get(block=False)
            except Empty:
                return taken
            taken.append(message.payload)
            message.ack()


def test_what_is_sent_is_taken_once_and_in_order(options: dict[str, Any]) -> None:
    send(options, 1)
    assert [message["number"] for message in take_all(options)] == list(range(EACH))
    assert take_all(options) == []


def test_a_half_written_message_is_not_seen(options: dict[str, Any]) -> None:
    send(options, 1)
    folder = Path(options["data_folder_in"])
    (folder / f".00000000000000000000_x.{queue_of(options)}.msg.part").write_text("")
    assert len(take_all(options)) == EACH


def test_many_processes_at_once_lose_nothing(options: dict[str, Any]) -> None:
    spawn = multiprocessing.get_context("spawn")
    senders = [spawn.Process(target=send, args=(options, n)) for n in range(SENDERS)]
    for process in senders:
        process.start()
    taken = take_all(options)
    for process in senders:
        process.join(60)
        assert process.exitcode == 0
    taken += take_all(options)
    assert len(taken) == SENDERS * EACH
    assert len({(m["sender"], m["number"]) for m in taken}) == SENDERS * EACH
