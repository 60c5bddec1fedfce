"""What every view that takes a file shares."""

from typing import Any, Final

from rest_framework.request import Request
from rest_framework.views import APIView

from fleet.lib.errors import TooLarge

FORM_BYTES: Final = 1024 * 1024  # of a multipart body, beside its file


class UploadView(APIView):
    """Refuses a body that is too large before it is read."""

    def upload_limit_bytes(self) -> int:
        """The largest file that the view takes."""
        raise NotImplementedError

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the rights first, then the size that the client announces."""
        super().initial(request, *args, **kwargs)
        announced = request.META.get("CONTENT_LENGTH") or "0"
        limit = self.upload_limit_bytes()
        if request.method == "POST" and int(announced) > limit + FORM_BYTES:
            raise TooLarge(f"The upload has {announced} bytes; at most {limit} are taken.")
