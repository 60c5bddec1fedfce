"""What stands in the fields of a page, as a browser would send it."""

from html import unescape

from fleet.console.refused.tags import Tag, tags_of


def value_of(html: str, name: str, action: str = "") -> str:
    """Return what a field holds, in the form with an action that ends so; empty where it is not."""
    for tag in tags_of(html):
        form = tag.around("form")
        if (
            form is None
            or tag.has("name") != name
            or tag.name not in ("input", "textarea", "select")
        ):
            continue
        if tag.has("type") != "hidden" and form.has("action").endswith(action):
            return _value(html, tag)
    return ""


def _value(html: str, tag: Tag) -> str:
    if tag.name == "input":
        return tag.has("value")
    if tag.name == "textarea":
        return unescape(html[tag.inner : tag.inner_end]).removeprefix("\n")
    text = html[tag.inner : tag.inner_end]
    for option in tags_of(text):
        if option.name == "option" and "selected" in option.attrs:
            return option.attrs.get("value", text[option.inner : option.inner_end]) or ""
    return ""
