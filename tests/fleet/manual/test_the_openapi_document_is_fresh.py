"""The committed OpenAPI document is the one that the views make, without a warning."""

from pathlib import Path

import pytest
from django.core.management import call_command

from fleet.management.commands.manual_generate import DOCS


@pytest.mark.filterwarnings("default")
def test_the_committed_document_is_fresh(tmp_path: Path) -> None:
    fresh = tmp_path / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(fresh))
    assert fresh.read_text() == (DOCS / "openapi.yaml").read_text(), "run: make openapi"
