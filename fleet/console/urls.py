"""Routes of the console: its own pages, and the records of every app below `/console/records/`."""

from allauth.account import views as doors
from allauth.account.decorators import secure_admin_login
from allauth.socialaccount import views as sso
from django.contrib import admin
from django.urls import include, path

from fleet.console.pages import (
    builds,
    documents,
    incidents,
    overview,
    releases,
    rollout_new,
    rollouts,
    search,
    software,
    tokens,
    trust,
    versions,
)
from fleet.console.pages.alerts import handling, notifications, rules
from fleet.console.pages.devices import device, filters, groups, joining, keys, listed
from fleet.console.pages.field import captures, challenging
from fleet.console.pages.lineage import compare, run
from fleet.console.pages.planning import policies
from fleet.console.pages.registry import cards, models, standing, uploads

GROUP = "devices/groups/of/<str:name>"
VERSION = "models/<slug:name>/<int:number>"

pages = [
    path("", overview.overview, name="overview"),
    path("models", models.models, name="models"),
    path("models/<slug:name>", models.model, name="model"),
    path("models/<slug:name>/card", cards.model_card, name="model-card"),
    path("models/<slug:name>/standing", standing.model, name="model-standing"),
    path("models/<slug:name>/standing/<slug:verb>", standing.model_move, name="model-move"),
    path(f"{VERSION}/card", cards.version_card, name="version-card"),
    path(f"{VERSION}/standing", standing.version, name="version-standing"),
    path(f"{VERSION}/standing/<slug:verb>", standing.version_move, name="version-move"),
    path(f"{VERSION}/alias/remove", versions.alias_remove, name="alias-remove"),
    path("uploads/version", uploads.version_new, name="version-new"),
    path("uploads/version/send", uploads.version_send, name="version-send"),
    path("uploads/dataset", uploads.dataset_new, name="dataset-new"),
    path("uploads/dataset/send", uploads.dataset_send, name="dataset-send"),
    path("deleted", models.deleted, name="deleted"),
    path(VERSION, versions.version, name="version"),
    path("models/<slug:name>/compare", compare.chosen, name="compare-chosen"),
    path(f"{VERSION}/compare", compare.compared, name="compare"),
    path("runs/<slug:public_id>", run.run, name="run"),
    path(f"{VERSION}/drift", incidents.drift, name="drift"),
    path(f"{VERSION}/build", versions.build_start, name="build-start"),
    path(f"{VERSION}/release", versions.release_draft, name="release-draft"),
    path(f"{VERSION}/alias", versions.alias, name="alias"),
    path("datasets", models.datasets, name="datasets"),
    path("datasets/<slug:public_id>", versions.dataset, name="dataset"),
    path("datasets/<slug:public_id>/standing", standing.dataset, name="dataset-standing"),
    path(
        "datasets/<slug:public_id>/standing/<slug:verb>",
        standing.dataset_move,
        name="dataset-move",
    ),
    path("builds", builds.builds, name="builds"),
    path("builds/<slug:public_id>", builds.build, name="build"),
    path("devices", listed.devices, name="devices"),
    path("devices/change", listed.change, name="devices-change"),
    path("devices/export.<slug:form>", listed.export, name="devices-export"),
    path("devices/filters/new", filters.filter_create, name="filter-create"),
    path("devices/filters/<slug:public_id>", filters.filter_edit, name="filter-edit"),
    path("devices/filters/<slug:public_id>/delete", filters.filter_delete, name="filter-delete"),
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
    path("devices/<slug:public_id>", device.device, name="device"),
    path("devices/<slug:public_id>/labels", device.labels, name="device-labels"),
    path("devices/<slug:public_id>/tokens", keys.device_token_make, name="device-token-make"),
    path(
        "devices/<slug:public_id>/tokens/<slug:token>",
        keys.device_token_retire,
        name="device-token-retire",
    ),
    path("devices/<slug:public_id>/key/<slug:verb>", keys.key_end, name="device-key-end"),
    path("devices/<slug:public_id>/pardon", policies.device_pardon, name="device-pardon"),
    path("devices/<slug:public_id>/<slug:verb>", device.move, name="device-move"),
    path("releases", releases.releases, name="releases"),
    path("releases/<slug:public_id>", releases.release, name="release"),
    path("releases/<slug:public_id>/approve", releases.approve, name="release-approve"),
    path("releases/<slug:public_id>/<slug:verb>", releases.move, name="release-move"),
    path("software", software.software, name="software"),
    path("software/new", software.module_create, name="software-create"),
    path("software/release", software.release_create, name="software-release"),
    path("software/of/<slug:public_id>", software.module, name="software-module"),
    path("software/of/<slug:public_id>/remove", software.module_remove, name="software-remove"),
    path("rollouts", rollouts.rollouts, name="rollouts"),
    path("rollouts/new", rollout_new.planner, name="rollout-new"),
    path("rollouts/create", rollout_new.create, name="rollout-create"),
    path("policies", policies.policy_list, name="policies"),
    path("policies/new", policies.policy_new, name="policy-new"),
    path("policies/save", policies.policy_save, name="policy-save"),
    path("policies/of/<slug:name>", policies.policy, name="policy"),
    path("policies/of/<slug:name>/delete", policies.policy_delete, name="policy-delete"),
    path("rollouts/<slug:public_id>/report", rollouts.report, name="rollout-report"),
    path("rollouts/<slug:public_id>", rollouts.rollout, name="rollout"),
    path("rollouts/<slug:public_id>/approve", rollouts.approve, name="rollout-approve"),
    path("rollouts/checks/<slug:public_id>/answer", rollouts.check_answer, name="check-answer"),
    path("rollouts/checks/<slug:public_id>/again", rollouts.check_again, name="check-again"),
    path("rollouts/<slug:public_id>/<slug:verb>", rollouts.move, name="rollout-move"),
    path("incidents", incidents.incident_list, name="incidents"),
    path("incidents/<slug:public_id>", incidents.incident, name="incident"),
    path("incidents/<slug:public_id>/<slug:verb>", handling.move, name="incident-move"),
    path(f"{VERSION}/challenger", challenging.start, name="challenger-start"),
    path("challengers/<slug:public_id>/stop", challenging.stop, name="challenger-stop"),
    path("captures", captures.captures, name="captures"),
    path("captures/new", captures.capture_new, name="capture-new"),
    path("captures/ask", captures.ask, name="capture-ask"),
    path("captures/<slug:public_id>", captures.capture, name="capture"),
    path("captures/<slug:public_id>/<slug:verb>", captures.move, name="capture-move"),
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
    path("tokens", tokens.tokens, name="tokens"),
    path("tokens/make", tokens.token_make, name="token-make"),
    path("tokens/<slug:public_id>/revoke", tokens.token_revoke, name="token-revoke"),
    path("trust", trust.trust, name="trust"),
    path("manual", documents.manual, name="manual"),
    path("manual/pictures/<str:name>", documents.picture, name="picture"),
    path("manual/<path:slug>", documents.manual, name="document"),
]

# Of allauth's pages those that are of use here: nobody signs up, and passwords are the records'.
account = [
    path("login/", doors.login, name="account_login"),
    path("account/logout/", doors.logout, name="account_logout"),
    path("account/inactive/", doors.account_inactive, name="account_inactive"),
    path("account/signup/", doors.signup, name="account_signup"),
    path("account/confirm/", doors.reauthenticate, name="account_reauthenticate"),
    path("account/factors/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("account/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("account/sso/cancelled/", sso.login_cancelled, name="socialaccount_login_cancelled"),
    path("account/sso/error/", sso.login_error, name="socialaccount_login_error"),
]
# Django's own form would ask for a password alone.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    *account,
    path("", include((pages, "console"))),
    path("records/search/", search.search),  # in the place of the theme's
    path("records/", admin.site.urls),
]
