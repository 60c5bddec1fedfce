"""Forms of a page filled with what was typed before a refusal, whichever form it is.

The page is made as ever; then the form whose address was posted to is found in its text. So no
template does anything for it, and none can forget to. Guarantees: only that form changes; hidden
fields, files and secrets stay as the page has them; the sentence stands at the field that it is
about, else at the head of the form; what hides the form is open.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.utils.html import format_html

from fleet.console.refused import SECRET, RefusedForm
from fleet.console.refused.tags import Tag, edited, tags_of

NO_FIELDS: Final = frozenset({"hidden", "submit", "button", "reset", "image"})
UNSENT: Final = frozenset({"file", "password"})  # a page cannot fill these, or must not
TICKED: Final = frozenset({"checkbox", "radio"})
RENEWED: Final = frozenset({"back", "seen"})  # hidden fields that say when a form was made
_QUOTED: Final = re.compile(r"'([\w.]+)'|^([\w.]+):")  # names of fields in a sentence
Edit = tuple[int, int, str]


def filled(html: str, was: RefusedForm) -> str:
    """Return the page with the refused form as it was sent."""
    tags = tags_of(html)
    for form in tags:
        inside = [tag for tag in tags if form in tag.above]
        if form.name == "form" and _is_sent(form, inside, was):
            fields = [tag for tag in inside if _is_field(tag)]
            edits = [*_values(html, fields, inside, was), *_opened(form, inside, fields, was)]
            if fields:
                edits.append(_sentence(form, fields, was))
            return edited(html, edits)
    return html


def _is_sent(form: Tag, inside: Sequence[Tag], was: RefusedForm) -> bool:
    """Tell whether this form was sent: it posts there, has every field, and its hidden fields are
    those of the row that it is for.
    """
    buttons = [tag.has("formaction") for tag in inside if tag.name == "button"]
    if form.has("method") != "post" or was.form not in (form.has("action"), *buttons):
        return False
    names = {tag.has("name") for tag in inside}
    hidden = {tag.has("name"): tag.has("value") for tag in inside if tag.has("type") == "hidden"}
    same = all(
        hidden[name] in values or name in RENEWED
        for name, values in was.ticked.items()
        if name in hidden
    )
    sent = {name for name, values in was.ticked.items() if any(values)}
    return same and names | {"reason"} >= sent  # a question asks for a reason


def _is_field(tag: Tag) -> bool:
    if tag.name not in ("input", "select", "textarea") or not tag.has("name"):
        return False
    return tag.name != "input" or tag.has("type") not in NO_FIELDS


def _values(
    html: str, fields: Sequence[Tag], inside: Sequence[Tag], was: RefusedForm
) -> Iterator[Edit]:
    """Fields of one name take its values one after the other, as a browser sent them."""
    left = {name: iter(values) for name, values in was.ticked.items()}
    wrong_field = _wrong_field(fields, was)
    for field in fields:
        name = field.has("name")
        wrong = _marks(field) if field is wrong_field else {}
        if field.has("type") in UNSENT or name in SECRET:
            yield field.at, field.inner, field.opened(**wrong)
        elif field.has("type") in TICKED:
            on = field.attrs.get("value", "on") in was.ticked.get(name, ())
            yield field.at, field.inner, field.opened(checked="" if on else None, **wrong)
        else:
            sent = next(left[name], None) if name in left else None
            if field.name == "input":
                value = field.has("value") if sent is None else sent
                yield field.at, field.inner, field.opened(value=value, **wrong)
                continue
            yield field.at, field.inner, field.opened(**wrong)
            if field.name == "select":
                several = was.ticked.get(name, []) if "multiple" in field.attrs else [sent]
                yield from _options(html, field, inside, several)
            elif sent is not None:  # a browser drops the first end of line
                yield field.inner, field.inner_end, format_html("\n{}", sent)


def _options(
    html: str, field: Tag, inside: Sequence[Tag], sent: Sequence[str | None]
) -> Iterator[Edit]:
    for option in inside:
        if field not in option.above or sent == [None]:
            continue
        value = option.attrs.get("value", html[option.inner : option.inner_end])
        yield option.at, option.inner, option.opened(selected="" if value in sent else None)


def _marks(field: Tag) -> Mapping[str, str]:
    if "aria-describedby" in field.attrs:
        return {"aria-invalid": "true"}
    return {"aria-invalid": "true", "aria-describedby": _place(field.has("name"))}


def _place(name: str) -> str:
    return f"wrong-{name or 'form'}"


def _wrong_field(fields: Sequence[Tag], was: RefusedForm) -> Tag | None:
    """The field that the sentence is about: named, or quoted in it, or the only one."""
    names = {field.has("name"): field for field in reversed(fields)}
    quoted = [one or other for one, other in _QUOTED.findall(was.message)]
    for told in filter(None, (was.wrong, *quoted)):
        if told in names:
            return names[told]
        for name, field in names.items():  # a column of a table, or the first of its columns
            if name.endswith(f".{told}") or name.startswith(f"{told}."):
                return field
    return next(iter(names.values())) if len(names) == 1 else None


def _sentence(form: Tag, fields: Sequence[Tag], was: RefusedForm) -> Edit:
    """The sentence behind the field, or behind what holds the field and its name together."""
    field = _wrong_field(fields, was)
    place = _place(field.has("name") if field else "")
    text = format_html('<p class="ef-refusal" id="{}" role="alert">{}</p>', place, was.message)
    if field is None:
        return form.inner, form.inner, text
    row = field.around("div")
    around = field.around("fieldset") or field.around("label")
    if around is None and row is not None and row.has("class") == "ef-buttons":
        around = row
    at = (around if around is not None and form in around.above else field).end
    return at, at, text


def _opened(
    form: Tag, inside: Sequence[Tag], fields: Sequence[Tag], was: RefusedForm
) -> Iterator[Edit]:
    """What hides the form, and what in it hides a field that was filled or is wrong."""
    told = {field for field in fields if any(was.ticked.get(field.has("name"), ()))}
    told |= {field for field in [_wrong_field(fields, was)] if field}
    within = {details for field in told for details in field.above if form in details.above}
    for details in {*form.above, *within}:
        if details.name == "details":
            yield details.at, details.inner, details.opened(open="")
