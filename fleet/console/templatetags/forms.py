"""What forms are filled with after a refusal: `kept` finds it, `marks` and `wrong` show it."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fleet.console.refused import RefusedForm

register = template.Library()
NOTHING = RefusedForm()


@register.simple_tag(takes_context=True)
def kept(context: Any, action: str) -> RefusedForm:
    """Return the refused form of an address: `{% kept address as was %}`."""
    was: RefusedForm = context.get("refused") or NOTHING
    return was if was.form == action else NOTHING


@register.filter
def marks(was: RefusedForm, name: str) -> SafeString:
    """Return the attributes of a field that is wrong."""
    if was.wrong != name:
        return SafeString("")
    return format_html(' aria-invalid="true" aria-describedby="wrong-{}"', name)


@register.simple_tag
def wrong(was: RefusedForm, name: str = "") -> SafeString:
    """Return the sentence about a field; without a name, the one about the whole form. It is there
    and empty where nothing is wrong, for scripts to fill.
    """
    said = was.message if was.wrong == name else ""
    hidden = SafeString("" if said else " hidden")
    return format_html(
        '<p class="ef-refusal" id="wrong-{}" role="alert"{}>{}</p>', name or "form", hidden, said
    )


@register.filter
def was_ticked(was: RefusedForm, choice: str) -> bool:
    """Tell whether `name=value` was ticked."""
    name, _, value = choice.partition("=")
    return value in was.ticked.get(name, ())
