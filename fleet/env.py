"""Reading the environment. Every error names the variable, what it holds and what would be right.

A secret may come from a file: `NAME_FILE=/run/secrets/name` is read when `NAME` is not set.
"""

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})


class WrongVariable(ValueError):
    """An environment variable holds what the service cannot use."""


def text(name: str, default: str) -> str:
    """Return the variable, or `default` when it is not set."""
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    """Return the variable as a truth value; raises WrongVariable for anything but yes and no
    words.
    """
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    message = f"{name}={value!r} must be one of: 1, true, yes, on, 0, false, no, off."
    raise WrongVariable(message)


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return the variable, one of the allowed words; raises WrongVariable otherwise."""
    value = os.environ.get(name, default)
    if value in allowed:
        return value
    message = f"{name}={value!r} must be one of: {', '.join(allowed)}."
    raise WrongVariable(message)


def integer(name: str, default: int, *, least: int = 0, most: int = 2**53) -> int:
    """Return the variable as an integer in [least, most]; raises WrongVariable otherwise."""
    value = os.environ.get(name)
    if value is None:
        return default
    try:
        number = int(value)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        message = f"{name}={value!r} must be a whole number from {least} to {most}."
        raise WrongVariable(message)
    return number


def decimal(name: str, default: float, *, least: float, most: float) -> float:
    """Return the variable as a number in [least, most]; raises WrongVariable otherwise."""
    value = os.environ.get(name)
    if value is None:
        return default
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        message = f"{name}={value!r} must be a number from {least} to {most}."
        raise WrongVariable(message)
    return number


def numbers(name: str) -> dict[str, float]:
    """Return a JSON object of numbers; empty when not set. Raises WrongVariable otherwise."""
    value = os.environ.get(name, "{}")
    try:
        found = json.loads(value)
        return {str(key): float(each) for key, each in found.items()}
    except (ValueError, AttributeError, TypeError) as error:
        message = f"{name}={value!r} must be a JSON object of numbers."
        raise WrongVariable(message) from error


def address(name: str) -> str:
    """Return the variable as an http(s) address, empty when not set; raises WrongVariable."""
    value = os.environ.get(name, "").strip()
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
        message = f"{name}={value!r} must be an address that begins with http:// or https://."
        raise WrongVariable(message)
    return value


def pairs(name: str) -> dict[str, str]:
    """Return a secret of `key=value` pairs with commas between them; raises WrongVariable."""
    found = [
        each.strip().partition("=") for each in (secret(name) or "").split(",") if each.strip()
    ]
    if not all(key and sign for key, sign, _ in found):
        raise WrongVariable(f"{name} must be pairs such as key=value, with commas between them.")
    return {key.strip(): value.strip() for key, _, value in found}


def words(name: str, default: tuple[str, ...]) -> list[str]:
    """Return a comma-separated variable as a list without blanks."""
    value = os.environ.get(name)
    items = default if value is None else tuple(value.split(","))
    return [item.strip() for item in items if item.strip()]


def folder(name: str, default: Path) -> Path:
    """Return the variable as an absolute path."""
    return Path(os.environ.get(name) or default).absolute()


def secret(name: str) -> str | None:
    """Return a secret from `NAME` or from the file that `NAME_FILE` names; None when neither is
    set.
    """
    if value := os.environ.get(name):
        return value
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        message = f"{name}_FILE={path!r} cannot be read: {error.strerror}."
        raise WrongVariable(message) from error
