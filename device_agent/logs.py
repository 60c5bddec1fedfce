"""The agent's log: one line per event on standard error, which systemd keeps."""

import logging
import sys

from device_agent.config import Config
from device_agent.errors import Misconfigured
from device_agent.protocol.logline import FORMS, LineFormatter


def configure(*, verbose: bool, config: Config | None = None) -> None:
    """Write as the settings say; raises Misconfigured for a form that is none."""
    form = config.log_format if config else FORMS[0]
    if form not in FORMS:
        raise Misconfigured(f"The setting 'log_format' is {' or '.join(FORMS)}, not '{form}'.")
    known = {"process": "agent"} | ({"who": config.controller_id} if config else {})
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(form, lambda: known))
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True
    )
    logging.getLogger("urllib3").setLevel(logging.WARNING)
