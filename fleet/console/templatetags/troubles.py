"""What needs a person's attention, on every page of the console."""

from typing import Any

from django import template

from fleet.console.badge import troubles_of

register = template.Library()


@register.simple_tag(takes_context=True)
def troubles(context: Any) -> list[str]:
    """Sentences; none where all is well."""
    return troubles_of(context["request"])
