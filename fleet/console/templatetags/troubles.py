"""What needs a person's attention, on every page of the console."""

from django import template

from ota import troubles as kept

register = template.Library()


@register.simple_tag
def troubles() -> list[str]:
    """Sentences; none where all is well."""
    return kept.sentences()
