"""Where inputs come from: a factory that user code names as ``module:factory``.

``factory(config)`` gives an iterator. Each item is one input (bytes, or numbers), a tuple of all
inputs, or None when there is nothing now. When the iterator ends, the agent goes on without it.
"""

import importlib
from collections.abc import Callable, Iterator

from device_agent.config import Config
from device_agent.errors import Misconfigured
from device_agent.quantise import Feed

Factory = Callable[[Config], Iterator[Feed | None]]


def open_feed(config: Config) -> Iterator[Feed | None]:
    """The feed that the settings name; one without inputs if they name none."""
    if not config.feed:
        return iter(())
    module, _, name = config.feed.partition(":")
    try:
        factory: Factory = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise Misconfigured(f"The feed '{config.feed}' cannot be loaded: {error}.") from error
    return iter(factory(config))
