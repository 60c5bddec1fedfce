"""Calls at the same instant, each on a connection of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all calls at one barrier; return what each gave or raised."""
    answers: list[Any] = []
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> None:
        gate.wait()
        try:
            answers.append(call())
        except Exception as error:  # the test looks at its type
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def of(kind: type, answers: Sequence[Any]) -> int:
    """How many answers are of a kind."""
    return sum(isinstance(each, kind) for each in answers)
