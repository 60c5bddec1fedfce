"""The committed pages say what the code says."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from builds.compiler.operators.manual import supported_ops_page
from builds.compiler.operators.table import CONSTRAINTS
from fleet.management.commands import manual_generate
from fleet.manual import settings_page, states_page


def test_the_committed_pages_are_fresh() -> None:
    before = {path: path.read_bytes() for path in manual_generate.DOCS.glob("*.md")}
    call_command("manual_generate", "--check")
    assert before == {path: path.read_bytes() for path in manual_generate.DOCS.glob("*.md")}


def test_a_stale_page_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manual_generate, "DOCS", tmp_path)
    call_command("manual_generate")
    (tmp_path / "states.md").write_text("old")
    with pytest.raises(CommandError, match=r"states\.md is stale"):
        call_command("manual_generate", "--check")


def test_every_operator_has_a_section_of_sentences() -> None:
    page = supported_ops_page()
    for name in CONSTRAINTS:
        assert f"## {name}\n" in page
    bullets = [line for line in page.splitlines() if line.startswith("* ")]
    assert bullets
    assert all(line.endswith(".") for line in bullets)


def test_every_variable_that_is_read_is_in_the_table() -> None:
    names = {setting.name for setting in settings_page.settings()}
    assert {"DATABASE_URL", "CELERY_BROKER_URL", "BLOB_STORE", "EDGEFLEET_POLL_SECONDS"} <= names
    assert {"SECRET_KEY", "EDGEFLEET_PUBLIC_URL", "EDGEFLEET_PRODUCTION"} <= names
    assert {"EDGEFLEET_LOG_LEVEL", "EDGEFLEET_OIDC_ISSUERS", "EDGEFLEET_OTLP_HEADERS"} <= names
    poll = next(s for s in settings_page.settings() if s.name == "EDGEFLEET_POLL_SECONDS")
    assert poll.default == "`300`"


def test_every_variable_says_what_it_is() -> None:
    assert [s.name for s in settings_page.settings() if not s.comment] == []


def test_the_tables_of_states_name_every_kind() -> None:
    page = states_page.page()
    for title in ("Device", "Release", "Rollout", "Wave", "Assignment"):
        assert f"## {title}\n" in page
    assert "| draft | start | running |" in page
