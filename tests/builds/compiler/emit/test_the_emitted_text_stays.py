"""Where code moves and nothing else, no byte of what is printed changes."""

from tests.builds.compiler.emit.emitted import DIGESTS, lines


def test_every_file_of_every_build_has_the_bytes_it_had() -> None:
    assert list(lines()) == DIGESTS.read_text("utf-8").splitlines(), (
        "The emitted text changed. If that is meant, run "
        "`python -m tests.builds.compiler.emit.emitted` and say so in the change log."
    )
