"""Where inputs come from: a factory that user code names as ``module:factory``.

``factory(config)`` gives an iterator. Each item is one input (bytes, or numbers), a tuple of all
inputs, or None when there is nothing now. When the iterator ends, or does not begin, the agent goes
on without it.
"""

import importlib
import logging
from collections.abc import Callable, Iterator

from device_agent.config import Config
from device_agent.errors import Misconfigured
from device_agent.model.quantise import Feed

log = logging.getLogger(__name__)

Factory = Callable[[Config], Iterator[Feed | None]]


def open_feed(config: Config) -> Iterator[Feed | None]:
    """Return the feed that the settings name; one without inputs if they name none."""
    if not config.feed:
        return iter(())
    module, _, name = config.feed.partition(":")
    try:
        factory: Factory = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise Misconfigured(f"The feed '{config.feed}' cannot be loaded: {error}.") from error
    try:
        return iter(factory(config))
    except Misconfigured:
        raise
    except Exception:  # user code: a camera that is away must not end the agent at every start
        log.exception("The feed does not begin; the agent goes on without it.")
        return iter(())
