"""What every view that takes a file shares."""

from typing import Final

from rest_framework.parsers import BaseParser

from fleet.lib.rest.parsers import StrictFormParser
from fleet.lib.rest.views import StrictView

FORM_BYTES: Final = 1024 * 1024  # of a multipart body, beside its file


class UploadView(StrictView):
    """Takes a form with a file, and refuses one that is too large before it is read."""

    parser_classes: tuple[type[BaseParser], ...] = (StrictFormParser,)

    def upload_limit_bytes(self) -> int:
        """The largest file that the view takes."""
        raise NotImplementedError

    def body_limit_bytes(self) -> int:
        """The largest body that the view reads: a file of the largest size in its form."""
        return self.upload_limit_bytes() + FORM_BYTES
