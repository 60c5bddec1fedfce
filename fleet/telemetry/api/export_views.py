"""REST: windows as a file, for those who want statistics of their own."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from django.http import FileResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from fleet.lib import clock
from fleet.lib.hashing import sha256_stream
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictView
from fleet.telemetry import selectors
from fleet.telemetry.api import serializers
from fleet.telemetry.figures.parquet import CONTENT_TYPE, windows_parquet

HOURS: Final = 24.0  # exported when not told


class VersionWindows(StrictView):
    """The windows of a version, as Parquet."""

    scope = "telemetry"

    @takes(query=serializers.HoursIn)
    @extend_schema(responses={(200, CONTENT_TYPE): OpenApiTypes.BINARY})
    def get(self, request: Request, public_id: str) -> HttpResponseBase:
        """Return the windows that closed in the last hours; the ETag is the file's SHA-256."""
        del request
        version, now = selectors.version_get(public_id), clock.now()
        since = now - timedelta(hours=self.asked.get("hours") or HOURS)
        with TemporaryDirectory(prefix="edgefleet-windows-") as folder:
            path = Path(folder) / "windows.parquet"
            windows_parquet(version, since, now, path)
            file = path.open("rb")  # stays readable when its folder is gone
        digest = sha256_stream(file)
        file.seek(0)
        name = f"{version.model.name}-{version.label}.parquet"
        answer = FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPE)
        answer.headers["ETag"] = f'"{digest}"'
        return answer
