"""Routes that devices call. `<int:>` takes the leading zero that a cancel link carries.

Some clients end every address with a slash, as their base address does: both forms are one route.
"""

from django.urls import path
from django.views import View

from ota.ddi import beside, confirmation, download, poll, views
from ota.ddi.rauc import views as rauc

BASE = "<str:tenant>/controller/v1/<str:controller_id>"
MODULE = "softwaremodules/<int:module>/artifacts"

ROUTES: dict[str, tuple[str, type[View]]] = {
    "poll": ("", poll.PollView),
    "deployment": ("/deploymentBase/<int:action>", views.DeploymentBase),
    "feedback": ("/deploymentBase/<int:action>/feedback", views.DeploymentFeedback),
    "cancel": ("/cancelAction/<int:action>", views.CancelAction),
    "cancel-feedback": ("/cancelAction/<int:action>/feedback", views.CancelFeedback),
    "installed": ("/installedBase/<int:action>", views.InstalledBase),
    "installed-put": ("/installedBase", views.Installed),
    "config-data": ("/configData", views.ConfigDataView),
    "confirmation-base": ("/confirmationBase", confirmation.ConfirmationBase),
    "confirm-always": (
        "/confirmationBase/activateAutoConfirm",
        confirmation.ActivateAutoConfirm,
    ),
    "confirm-each": (
        "/confirmationBase/deactivateAutoConfirm",
        confirmation.DeactivateAutoConfirm,
    ),
    "confirmation": ("/confirmationBase/<int:action>", confirmation.ConfirmationDetail),
    "confirmation-feedback": (
        "/confirmationBase/<int:action>/feedback",
        confirmation.ConfirmationAnswer,
    ),
    "instruction": ("/instruction/<int:action>", views.SignedInstruction),
    "shadow": ("/shadow", beside.DeviceShadow),
    "capture": ("/capture", beside.DeviceCapture),
    "artifacts": (f"/{MODULE}", download.ArtifactList),
    # Before the file itself, whose name would swallow the suffix.
    "md5sum": (f"/{MODULE}/<str:filename>.MD5SUM", download.Md5Sum),
    "delta": (f"/{MODULE}/<str:filename>/deltas/<str:sha256>", download.DeltaFile),
    "artifact": (f"/{MODULE}/<str:filename>", download.ArtifactFile),
    "rauc": ("/rauc", rauc.RaucPollView),
    "rauc-bundle": ("/rauc/<int:module>/<str:filename>", rauc.RaucBundle),
}

urlpatterns = [
    path(BASE + tail, view.as_view(), name=f"ddi-{name}") for name, (tail, view) in ROUTES.items()
] + [path(f"{BASE}{tail}/", view.as_view()) for tail, view in ROUTES.values()]
