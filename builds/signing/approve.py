"""Signing an approval on a machine that has a key and nothing else.

`python -m builds.signing.approve STATEMENT --key URI --out FILE`: the statement is written by
`edgefleet release statement`, and `edgefleet release approve --signature FILE` hands the result in.
What is signed is printed, so that a person sees it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from builds.signing.envelope import ENVELOPE_PAYLOAD_MAX, seal
from builds.signing.errors import KeyUnusable, SigningError
from builds.signing.keybook import write_private
from builds.signing.uri import open_signer, public_of

APPROVAL_TYPE = "application/vnd.edgefleet.approval+json"


def approve(statement: bytes, uri: str) -> dict[str, object]:
    """The envelope over a statement. Raises KeyUnusable for what is not a statement."""
    try:
        said = json.loads(statement)
    except ValueError as error:
        raise KeyUnusable("The file holds no statement of a release.") from error
    if not isinstance(said, dict) or {"release", "counter", "files"} - set(said):
        raise KeyUnusable("The file holds no statement of a release.")
    return seal(statement, APPROVAL_TYPE, open_signer(uri, public_of(uri)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 = signed."""
    parser = argparse.ArgumentParser(prog="python -m builds.signing.approve")
    parser.add_argument("statement", type=Path)
    parser.add_argument("--key", required=True, help="file:…, hsm:…, awskms:…")
    parser.add_argument("--out", required=True, type=Path)
    parsed = parser.parse_args(arguments)
    try:
        with parsed.statement.open("rb") as file:
            statement = file.read(ENVELOPE_PAYLOAD_MAX)
        envelope = approve(statement, parsed.key)
        write_private(parsed.out, json.dumps(envelope).encode())
    except (SigningError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{json.dumps(json.loads(statement), indent=1)}\nsigned\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
