"""Routes under `/api/v1/`."""

from django.urls import path

from ota.api import releases, rollouts, shadows

urlpatterns = [
    path("releases/", releases.Releases.as_view(), name="releases"),
    path("releases/<str:public_id>/", releases.ReleaseDetail.as_view(), name="release"),
    path("releases/<str:public_id>/approve/", releases.ReleaseApprove.as_view()),
    path("releases/<str:public_id>/statement/", releases.ReleaseStatement.as_view()),
    path("releases/<str:public_id>/publish/", releases.ReleasePublish.as_view()),
    path("releases/<str:public_id>/revoke/", releases.ReleaseRevoke.as_view()),
    path("shadows/", shadows.Shadows.as_view(), name="shadows"),
    path("shadows/<str:public_id>/", shadows.ShadowDetail.as_view(), name="shadow"),
    path("shadows/<str:public_id>/stop/", shadows.ShadowStop.as_view()),
    path("policies/", rollouts.Policies.as_view(), name="policies"),
    path("rollouts/", rollouts.Rollouts.as_view(), name="rollouts"),
    path("rollouts/<str:public_id>/", rollouts.RolloutDetail.as_view(), name="rollout"),
    path("rollouts/<str:public_id>/start/", rollouts.RolloutStart.as_view()),
    path("rollouts/<str:public_id>/pause/", rollouts.RolloutPause.as_view()),
    path("rollouts/<str:public_id>/resume/", rollouts.RolloutResume.as_view()),
    path("rollouts/<str:public_id>/abort/", rollouts.RolloutAbort.as_view()),
    path("rollouts/<str:public_id>/roll-back/", rollouts.RolloutRollBack.as_view()),
    path("rollouts/<str:public_id>/assignments/", rollouts.RolloutAssignments.as_view()),
    path("devices/<str:public_id>/assignments/", rollouts.DeviceAssignments.as_view()),
    path("devices/<str:public_id>/explanation/", rollouts.DeviceExplanation.as_view()),
    path("rollouts/<str:public_id>/looks/", rollouts.RolloutLooks.as_view()),
    path("rollouts/<str:public_id>/events/", rollouts.RolloutEvents.as_view()),
]
