"""Where files lie: from the addresses that clients write to a run, a logged model or a version.

`EXPERIMENT/RUN/artifacts/PATH`, `EXPERIMENT/models/MODEL/artifacts/PATH` and `versions/ID/PATH`
with `mlflow-artifacts:/` before them; `runs:/RUN/PATH`, `models:/m-…` and `models:/NAME/WORD`.
"""

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.db.models.functions import Left

from fleet.lib.errors import Forbidden, NotFound, Refused
from registry import selectors
from registry.models import LoggedFile, LoggedModel, ModelVersion, Run
from registry.tracking.bounds import check_path
from registry.tracking.experiments import experiment_id
from registry.tracking.logged import logged_get
from registry.tracking.runs import run_get

SCHEME: Final = "mlflow-artifacts:/"
FOLDER: Final = "artifacts"


@dataclass(frozen=True)
class FilePlace:
    """An owner of files, and a path below it; an empty path is all of them."""

    owner: Run | LoggedModel | ModelVersion
    path: str = ""

    def files(self) -> QuerySet[LoggedFile]:
        """The files at or below the path; none for a version, whose file is its own."""
        match self.owner:
            case Run():
                rows = LoggedFile.objects.filter(run=self.owner)
            case LoggedModel():
                rows = LoggedFile.objects.filter(logged=self.owner)
            case _:
                return LoggedFile.objects.none()
        rows = rows.select_related("blob")
        if not self.path:
            return rows
        return rows.filter(path=self.path) | below(rows, self.path)


def below(rows: QuerySet[LoggedFile], folder: str) -> QuerySet[LoggedFile]:
    """The files in a folder. SQLite's `startswith` would take a folder `Model` for `model`."""
    start = f"{folder}/"
    return rows.alias(start=Left("path", len(start))).filter(start=start)


def uri_of(owner: Run | LoggedModel | ModelVersion) -> str:
    """The address of an owner's files, without a host: clients ask the one that they know."""
    match owner:
        case Run():
            return f"{SCHEME}{experiment_id(owner.experiment)}/{owner.public_id}/{FOLDER}"
        case LoggedModel():
            number = experiment_id(owner.experiment)
            return f"{SCHEME}{number}/models/{owner.public_id}/{FOLDER}"
    return f"{SCHEME}versions/{owner.public_id}"


def place_of_path(path: str) -> FilePlace:
    """The place of an address below the list of all files. Raises Refused or NotFound."""
    match check_path(path).split("/"):
        case ["versions", public_id, *rest]:
            owner: Run | LoggedModel | ModelVersion = selectors.version_by_id(public_id)
        case [number, "models", public_id, folder, *rest] if folder == FOLDER:
            owner = logged_get(public_id)
            _require_experiment(owner, number)
        case [number, public_id, folder, *rest] if folder == FOLDER:
            owner = run_get(public_id)
            _require_experiment(owner, number)
        case _:
            raise NotFound("There are no files at this address.")
    return FilePlace(owner, "/".join(rest))


def place_of_source(source: str) -> FilePlace:
    """The place of what a version shall be registered from. Raises Refused or NotFound."""
    scheme, _, rest = source.partition(":/")
    rest = rest.strip("/")
    if not rest:
        raise Refused(_SOURCES)
    match scheme, rest.split("/"):
        case "mlflow-artifacts", _:
            return place_of_path(rest)
        case "runs", [public_id, *path]:
            return FilePlace(run_get(public_id), check_path("/".join(path)) if path else "")
        case "models", [public_id] if public_id.startswith("m-"):
            return FilePlace(logged_get(public_id))
        case "models", [name, word]:
            return FilePlace(selectors.version_resolve(model=name, word=word))
    raise Refused(_SOURCES)


def writable(place: FilePlace) -> Run | LoggedModel:
    """The owner of files that may be written. Raises Forbidden for a version's."""
    if isinstance(place.owner, ModelVersion):
        raise Forbidden("The file of a version is never changed.")
    return place.owner


_SOURCES: Final = (
    "A version is registered from runs:/RUN/PATH, models:/ID, models:/NAME/VERSION or"
    " mlflow-artifacts:/PATH: files that were logged here."
)


def _require_experiment(owner: Run | LoggedModel, number: str) -> None:
    if experiment_id(owner.experiment) != number:
        raise NotFound("There are no files at this address.")
