"""Routes of the console: its own pages, and the records of every app below `/console/records/`."""

from django.contrib import admin
from django.urls import include, path

from fleet.console.pages import builds, devices, documents, incidents, overview, registry, rollouts

pages = [
    path("", overview.overview, name="overview"),
    path("models", registry.models, name="models"),
    path("models/<slug:name>", registry.model, name="model"),
    path("models/<slug:name>/<int:number>", registry.version, name="version"),
    path("models/<slug:name>/<int:number>/drift", incidents.drift, name="drift"),
    path("builds", builds.builds, name="builds"),
    path("builds/<slug:public_id>", builds.build, name="build"),
    path("devices", devices.devices, name="devices"),
    path("devices/<slug:public_id>", devices.device, name="device"),
    path("devices/<slug:public_id>/<slug:verb>", devices.move, name="device-move"),
    path("releases", rollouts.releases, name="releases"),
    path("rollouts", rollouts.rollouts, name="rollouts"),
    path("rollouts/<slug:public_id>", rollouts.rollout, name="rollout"),
    path("rollouts/<slug:public_id>/<slug:verb>", rollouts.move, name="rollout-move"),
    path("incidents", incidents.incident_list, name="incidents"),
    path("incidents/<slug:public_id>", incidents.incident, name="incident"),
    path("incidents/<slug:public_id>/<slug:verb>", incidents.move, name="incident-move"),
    path("manual", documents.manual, name="manual"),
    path("manual/<path:slug>", documents.manual, name="document"),
]

urlpatterns = [
    path("login/", admin.site.login, name="login"),
    path("", include((pages, "console"))),
    path("records/", admin.site.urls),
]
