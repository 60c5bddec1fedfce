"""The text of a page gets back what was typed: in that form alone, escaped, with the sentence."""

from typing import Any

import pytest

from fleet.console.refused import RefusedForm
from fleet.console.refused.fill import filled


def after(form: str, message: str = "No.", wrong: str = "", **sent: Any) -> str:
    lists = {name: [value] if isinstance(value, str) else value for name, value in sent.items()}
    page = f'<form method="post" action="/x/">{form}</form>'
    return filled(page, RefusedForm("/x/", {}, lists, message, wrong))


def test_words_are_escaped_and_stand_in_their_fields() -> None:
    made = after('<input name="a"><textarea name="b">old</textarea>', a='"<b>"', b="</textarea>")
    assert 'value="&quot;&lt;b&gt;&quot;"' in made
    assert "\n&lt;/textarea&gt;</textarea>" in made


def test_rows_of_one_name_take_their_values_in_order() -> None:
    made = after('<input name="a" value="1"><input name="a">', a=["", "second"])
    assert made.index('value=""') < made.index('value="second"')


def test_choices_and_ticks_are_those_that_were_sent() -> None:
    choices = (
        '<select name="s"><option value="1" selected>one</option><option>two</option></select>'
    )
    tick = '<input type="checkbox" name="t" value="{}"{}>'
    ticks = tick.format("x", " checked") + tick.format("y", "")
    made = after(choices + ticks, s="two", t=["y"])
    assert '<option selected="">two' in made
    assert 'value="y" checked=""' in made
    assert made.count("selected") == made.count("checked") == 1


def test_the_sentence_stands_behind_its_field_and_its_fold_is_open() -> None:
    made = after(
        '<input name="a"><details><label>B<input name="b"></label></details>',
        wrong="b",
        a="1",
        b="",
    )
    assert '<details open="">' in made
    assert 'aria-invalid="true" aria-describedby="wrong-b"' in made
    assert '</label><p class="ef-refusal" id="wrong-b" role="alert">No.</p></details>' in made


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("'b' is wrong.", "wrong-b"),
        ("b: this is wrong.", "wrong-b"),
        ("All is wrong.", "wrong-form"),
    ],
)
def test_a_sentence_that_names_a_field_is_at_it(message: str, place: str) -> None:
    assert f'id="{place}"' in after('<input name="a"><input name="b">', message, a="1", b="2")


def test_hidden_fields_files_and_secrets_stay() -> None:
    hidden = '<input type="hidden" name="seen" value="new">'
    made = after(
        f'{hidden}<input type="file" name="f"><input name="secret">',
        seen="old",
        f="c:/x",
        secret="s3",
    )
    assert "old" not in made
    assert "c:/x" not in made
    assert "s3" not in made


def test_a_form_of_another_row_stays() -> None:
    fields = '<input type="hidden" name="id" value="{}"><input name="a">'
    row = f'<form method="post" action="/x/">{fields}</form>'
    was = RefusedForm("/x/", {}, {"id": ["2"], "a": ["typed"]}, "No.", "")
    made = filled(row.format(1) + row.format(2), was)
    assert made.count("typed") == 1
    assert made.index("typed") > made.index('value="2"')


def test_a_page_without_the_form_stays_as_it_is() -> None:
    page = '<form method="post" action="/y/"><input name="a"></form>'
    assert filled(page, RefusedForm("/x/", {}, {"a": ["1"]}, "No.", "")) == page
