"""Routes of the console: its own pages, and the records of every app below `/console/records/`."""

from django.contrib import admin
from django.urls import include, path

from fleet.console.pages import (
    builds,
    devices,
    documents,
    groups,
    incidents,
    joining,
    keys,
    overview,
    registry,
    releases,
    rollout_new,
    rollouts,
    trust,
    versions,
)
from fleet.console.pages.alerts import notifications, rules

GROUP = "devices/groups/of/<str:name>"
VERSION = "models/<slug:name>/<int:number>"

pages = [
    path("", overview.overview, name="overview"),
    path("models", registry.models, name="models"),
    path("models/<slug:name>", registry.model, name="model"),
    path(VERSION, versions.version, name="version"),
    path(f"{VERSION}/compare", versions.compared, name="compare"),
    path(f"{VERSION}/drift", incidents.drift, name="drift"),
    path(f"{VERSION}/build", versions.build_start, name="build-start"),
    path(f"{VERSION}/release", versions.release_draft, name="release-draft"),
    path(f"{VERSION}/alias", versions.alias, name="alias"),
    path("datasets/<slug:public_id>", versions.dataset, name="dataset"),
    path("builds", builds.builds, name="builds"),
    path("builds/<slug:public_id>", builds.build, name="build"),
    path("devices", devices.devices, name="devices"),
    path("devices/codes", joining.codes, name="codes"),
    path("devices/codes/new", joining.code_create, name="code-create"),
    path("devices/codes/<slug:public_id>/revoke", joining.code_revoke, name="code-revoke"),
    path("devices/register", joining.register, name="register"),
    path("devices/register/new", joining.register_device, name="register-device"),
    path("devices/groups", groups.group_list, name="groups"),
    path("devices/groups/new", groups.group_create, name="group-create"),
    path(GROUP, groups.group, name="group"),
    path(f"{GROUP}/tokens", keys.gateway_token_make, name="gateway-token-make"),
    path(f"{GROUP}/tokens/<slug:token>", keys.gateway_token_retire, name="gateway-token-retire"),
    path("devices/<slug:public_id>", devices.device, name="device"),
    path("devices/<slug:public_id>/labels", devices.labels, name="device-labels"),
    path("devices/<slug:public_id>/tokens", keys.device_token_make, name="device-token-make"),
    path(
        "devices/<slug:public_id>/tokens/<slug:token>",
        keys.device_token_retire,
        name="device-token-retire",
    ),
    path("devices/<slug:public_id>/key/<slug:verb>", keys.key_end, name="device-key-end"),
    path("devices/<slug:public_id>/<slug:verb>", devices.move, name="device-move"),
    path("releases", releases.releases, name="releases"),
    path("releases/<slug:public_id>", releases.release, name="release"),
    path("releases/<slug:public_id>/approve", releases.approve, name="release-approve"),
    path("releases/<slug:public_id>/<slug:verb>", releases.move, name="release-move"),
    path("rollouts", rollouts.rollouts, name="rollouts"),
    path("rollouts/new", rollout_new.planner, name="rollout-new"),
    path("rollouts/create", rollout_new.create, name="rollout-create"),
    path("rollouts/<slug:public_id>", rollouts.rollout, name="rollout"),
    path("rollouts/<slug:public_id>/<slug:verb>", rollouts.move, name="rollout-move"),
    path("incidents", incidents.incident_list, name="incidents"),
    path("incidents/<slug:public_id>", incidents.incident, name="incident"),
    path("incidents/<slug:public_id>/<slug:verb>", incidents.move, name="incident-move"),
    path("rules", rules.rule_list, name="rules"),
    path("rules/new", rules.rule_new, name="rule-new"),
    path("rules/try", rules.rule_try, name="rule-try"),
    path("rules/save", rules.rule_save, name="rule-save"),
    path("rules/backtests/<slug:public_id>", rules.backtest, name="backtest"),
    path("rules/<slug:public_id>", rules.rule, name="rule"),
    path("rules/<slug:public_id>/<slug:verb>", rules.rule_move, name="rule-move"),
    path("notifications", notifications.notifications, name="notifications"),
    path("notifications/new", notifications.destination_create, name="destination-create"),
    path(
        "notifications/messages/<slug:public_id>/redeliver",
        notifications.redeliver,
        name="redeliver",
    ),
    path("notifications/<slug:public_id>", notifications.destination, name="destination"),
    path(
        "notifications/<slug:public_id>/edit",
        notifications.destination_edit,
        name="destination-edit",
    ),
    path(
        "notifications/<slug:public_id>/<slug:verb>",
        notifications.destination_move,
        name="destination-move",
    ),
    path("trust", trust.trust, name="trust"),
    path("manual", documents.manual, name="manual"),
    path("manual/pictures/<str:name>", documents.picture, name="picture"),
    path("manual/<path:slug>", documents.manual, name="document"),
]

urlpatterns = [
    path("login/", admin.site.login, name="login"),
    path("", include((pages, "console"))),
    path("records/", admin.site.urls),
]
