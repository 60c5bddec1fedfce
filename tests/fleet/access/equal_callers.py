"""A program of its own: many threads send one POST with one Idempotency-Key at once.

Prints how often each status was answered, and how many rows were made, as JSON. Run with
DATABASE_URL naming an empty database of the kind under test.
"""

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import django

THREADS = 8
ROUNDS = 5


def main() -> None:
    """Migrate, then let all callers go at one instant, round after round."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from registry.models import Model
    from tests import personas

    call_command("migrate", verbosity=0)
    secret = personas.token("engineer", scopes=["registry.write"])[1]
    gate, statuses = Barrier(THREADS), Counter[int]()

    def send(round_number: int) -> int:
        from rest_framework.test import APIClient

        client = APIClient(headers={"Authorization": f"Bearer {secret}"})
        gate.wait()
        body, key = {"name": f"model-{round_number}"}, {"Idempotency-Key": f"key {round_number}"}
        answer = client.post("/api/v1/models/", body, format="json", headers=key)
        connection.close()
        return int(answer.status_code)

    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(ROUNDS):
            statuses.update(pool.map(send, [number] * THREADS))
    found = {"statuses": dict(statuses), "models": Model.objects.count()}
    json.dump(found | {"vendor": connection.vendor}, sys.stdout)


if __name__ == "__main__":
    main()
