"""Routes of hawkBit's Management API, as far as this service has them."""

from django.urls import path

from ota.hawkbit import actions, configs, modules, sets, targets

TARGET = "rest/v1/targets/<str:controller_id>"
MODULE = "rest/v1/softwaremodules/<int:module>"
SET = "rest/v1/distributionsets"

urlpatterns = [
    path("rest/v1/system/configs", configs.SystemConfigs.as_view()),
    path("rest/v1/system/configs/<str:key>", configs.SystemConfigDetail.as_view()),
    path("rest/v1/targets", targets.TargetRows.as_view()),
    path(TARGET, targets.TargetDetail.as_view()),
    path(f"{TARGET}/attributes", targets.TargetAttributes.as_view()),
    path(f"{TARGET}/actions", actions.Actions.as_view()),
    path(f"{TARGET}/actions/<int:action>", actions.ActionDetail.as_view()),
    path(f"{TARGET}/actions/<int:action>/status", actions.ActionStatus.as_view()),
    path("rest/v1/softwaremodules", modules.SoftwareModuleRows.as_view()),
    path(MODULE, modules.SoftwareModuleRow.as_view()),
    path(f"{MODULE}/artifacts", modules.SoftwareFileRows.as_view()),
    path(f"{MODULE}/artifacts/<int:artifact>", modules.SoftwareFileRow.as_view()),
    path(SET, sets.DistributionSets.as_view()),
    path(f"{SET}/<int:number>", sets.DistributionSetDetail.as_view()),
    path(f"{SET}/<int:number>/assignedTargets", sets.AssignedTargets.as_view()),
]
