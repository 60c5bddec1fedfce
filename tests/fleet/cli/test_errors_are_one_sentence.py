"""Every failure is one sentence on standard error and a documented exit code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.cli import errors
from fleet.cli.errors import FailedOutcome, RequestRefused, Unreachable
from tests.fleet.cli.terminal import Terminal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=600),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def test_the_exit_codes_are_the_documented_ones() -> None:
    assert [kind.exit_code for kind in (FailedOutcome, RequestRefused, Unreachable)] == [1, 2, 3]


def test_a_problem_of_the_service_is_shown_as_it_says(terminal: Terminal) -> None:
    assert terminal.run("model", "show", "nothing") == 2
    assert terminal.err.strip().splitlines() == ["error: There is no model nothing."]
    assert terminal.out == ""


def test_a_missing_right_names_the_scope(terminal: Terminal) -> None:
    terminal.signed_in("viewer")
    assert terminal.run("model", "create", "digits") == 2
    assert "This needs the scope registry.write" in terminal.err


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("model", "push"), ("build", "start", "x", "--optimise", "fun")]
)
def test_a_wrong_command_line_is_exit_2(arguments: tuple[str, ...], terminal: Terminal) -> None:
    assert terminal.run(*arguments) == 2
    assert terminal.err
    assert not terminal.way.requests


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("rollout", "start", "--help")])
def test_help_is_no_failure(arguments: tuple[str, ...], terminal: Terminal) -> None:
    assert terminal.run(*arguments) == 0


def test_ctrl_c_is_what_shells_expect(terminal: Terminal) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    terminal.way.before = [interrupt]
    assert terminal.run("model", "list") == 130


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (404, {"detail": "There is no such thing."}, "There is no such thing."),
        (404, None, "There is nothing here; is the address of the service right?"),
        (401, "text", "The token is missing, expired or revoked: run `edgefleet login` again."),
        (418, {"detail": " "}, "The service answered with status 418."),
        (400, {"detail": "two\nlines"}, "two lines"),
    ],
)
def test_sentences(status: int, body: object, sentence: str) -> None:
    assert errors.problem_sentence(status, body) == sentence


@given(status=st.integers(400, 599), body=JSON)
def test_no_body_breaks_the_sentence(status: int, body: object) -> None:
    sentence = errors.problem_sentence(status, body)
    assert sentence
    assert "\n" not in sentence
    assert len(sentence) <= errors.SENTENCE_MAX
    assert isinstance(errors.problem_code(body), str)
