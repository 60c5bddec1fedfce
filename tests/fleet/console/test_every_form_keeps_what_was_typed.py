"""Every form of the console that is refused comes back with what was typed, and the sentence.

Generated: the forms are found on the pages of a world, filled, sent, and refused by the service if
not before. Those that templates have and no page of the world shows are named here.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.test import Client
from django.urls import resolve

import fleet.console
from fleet.access.accounts.actors import actor_of
from fleet.console.refused import SECRET
from fleet.console.refused.tags import Tag, tags_of
from fleet.lib.errors import Refused
from tests import personas
from tests.fleet.console.test_no_form_breaks_the_service import PAGES, named
from tests.fleet.console.typed import value_of
from tests.fleet.lib.rest.conftest import world
from tests.fleet.lib.rest.world import World

__all__ = ["world"]
SENTENCE: Final = "The service does not like it."
TEMPLATES: Final = Path(fleet.console.__file__).parent / "templates"
SHORT: Final = {"number": "7", "datetime-local": "2099-01-02T03:04"}
# Forms that need a state which this world is not in; `fill` asks none of them for anything.
UNSEEN: Final = frozenset(
    "check-again check-answer device-pardon redeliver release-approve release-draft "
    "rollout-approve".split()
)


def test_the_forms_of_all_templates_are_here(world: World) -> None:
    found = {resolve(form.has("action")).url_name for _, form, _ in forms_of(world)}
    written = set()
    for template in TEMPLATES.rglob("*.html"):
        for form in re.findall(r'<form method="post".*?</form>', template.read_text(), re.DOTALL):
            written |= set(re.findall(r"^[^>]* action=\"{% url 'console:([\w-]+)'", form))
    assert written - found <= UNSEEN, sorted(written - found)


def test_every_form_leads_back_to_its_page() -> None:
    for template in TEMPLATES.rglob("*.html"):
        for form in re.findall(r'<form method="post".*?</form>', template.read_text(), re.DOTALL):
            led = 'name="back"' in form or "data-upload=" in form or "question.title" in form
            assert led or template.name == "question.html", (template.name, form[:200])


def test_what_was_typed_stands_in_the_answer(world: World, monkeypatch: Any) -> None:
    refuse_everything(monkeypatch)
    client, lost = owner(), []
    for page, form, inside in forms_of(world):
        typed = typed_into(form, inside, client.get(page).content.decode())
        answer = client.post(form.has("action"), typed, follow=True)
        text = answer.content.decode()
        lost += [
            f"{form.has('action')}: {field.has('name')}"
            for field in inside
            if is_typed(field) and not stands(text, field, typed)
        ]
        assert answer.status_code < 500
    assert lost == []


def refuse_everything(monkeypatch: Any) -> None:
    """Have every act of the console be refused when it asks who does it."""

    def refused(request: Any) -> Any:
        if request.method == "POST":
            raise Refused(SENTENCE)
        return actor_of(request)

    for name, module in list(sys.modules.items()):
        if name.startswith("fleet.console.pages.") and hasattr(module, "actor_of"):
            monkeypatch.setattr(module, "actor_of", refused)


def owner() -> Client:
    client = Client()
    client.force_login(personas.user("owner"))
    return client


def pages_of(world: World) -> list[str]:
    """Every page of the resolver with real names, and those that say by a query what they show."""
    version, incident = (world.names[noun]["public_id"] for noun in ("versions", "incidents"))
    asked = [f"captures/new?version={version}", f"captures/new?incident={incident}"]
    asked.append("devices?q=lot%3DB7")
    rows = {"notifications": "destinations", "software/of": "software", "challengers": "shadows"}
    asked += [f"{page}/{world.names[noun]['public_id']}" for page, noun in rows.items()]
    return [named(route, world) for route in PAGES] + [f"/console/{each}" for each in asked]


def forms_of(world: World) -> Iterator[tuple[str, Tag, list[Tag]]]:
    """Every form that posts, with its page and fields; one of those that differ by row alone."""
    client, seen = owner(), set()
    for page in pages_of(world):
        answer = client.get(page)
        tags = tags_of(answer.content.decode()) if answer.status_code == 200 else []
        for form in tags:
            if form.name != "form" or form.has("method") != "post":
                continue
            action = form.has("action")
            if not action.startswith("/console/") or "/logout" in action or "/records/" in action:
                continue
            inside = [tag for tag in tags if form in tag.above]
            names = tuple(sorted({tag.has("name") for tag in inside}))
            kind = (resolve(action).url_name, names, re.sub(r".*/", "", action) in MOVES)
            if kind not in seen:
                seen.add(kind)
                yield page, form, inside


MOVES: Final = ("note", "assign", "severity", "runbook", "mute", "acknowledge", "resolve")


def is_typed(field: Tag) -> bool:
    """A field that people type into or choose in, and that a page may fill."""
    if field.name not in ("input", "textarea", "select") or field.has("name") in SECRET | {""}:
        return False
    return field.has("type") not in ("hidden", "file", "password", "submit", "button")


def typed_into(form: Tag, inside: list[Tag], html: str) -> dict[str, str]:
    """What is sent: words with signs that HTML has for itself, the last choice, every tick."""
    typed = {}
    for field in inside:
        name = field.has("name")
        if field.has("type") == "hidden":
            typed[name] = field.has("value")
        elif is_typed(field):
            typed[name] = _value(field, inside, html)
    return typed


def _value(field: Tag, inside: list[Tag], html: str) -> str:
    if field.name == "select":
        options = [each for each in inside if field in each.above and each.name == "option"]
        last = options[-1] if options else None
        return last.attrs.get("value", html[last.inner : last.inner_end]) or "" if last else ""
    if field.has("type") in ("checkbox", "radio"):
        return str(field.attrs.get("value", "on"))
    return SHORT.get(field.has("type"), f'<{field.has("name")}> & "words"')


def stands(html: str, field: Tag, typed: dict[str, str]) -> bool:
    """Tell whether a field, or the question before the act, still holds what was sent."""
    name = field.has("name")
    for tag in tags_of(html):
        if tag.has("name") != name:
            continue
        if tag.has("type") in ("checkbox", "radio"):
            if "checked" in tag.attrs and tag.attrs.get("value", "on") == typed[name]:
                return True
        elif tag.has("type") == "hidden" and tag.has("value") == typed[name]:
            return True
    found = [
        value_of(html[form.at : form.end], name) for form in tags_of(html) if form.name == "form"
    ]
    return typed[name] in found
