"""The page of supported operators comes from the checks themselves."""

from builds.compiler.operators.manual import supported_ops_page
from builds.compiler.operators.table import CONSTRAINTS, OPDEFS


def test_every_operator_has_a_section() -> None:
    page = supported_ops_page()
    for kind in CONSTRAINTS:
        assert f"\n## {kind}\n" in page


def test_every_sentence_of_a_check_is_there() -> None:
    page = supported_ops_page()
    for rules in CONSTRAINTS.values():
        for rule in rules:
            assert f"* {rule.__doc__}\n" in page


def test_every_sentence_on_real_numbers_is_there() -> None:
    page = supported_ops_page()
    forms = {kind: opdef.real for kind, opdef in OPDEFS.items() if opdef.real}
    assert len(forms) > 30
    for kind, form in forms.items():
        section = page.partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
        whole = section.partition("\nIn float32:\n")[2]
        for rule in form.constraints:
            assert (rule.__doc__ or "").endswith(".")
            assert f"* {rule.__doc__}\n" in whole


def test_the_page_is_stable() -> None:
    assert supported_ops_page() == supported_ops_page()
