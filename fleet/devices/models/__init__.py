"""Devices, groups, enrolment codes and the timeline."""

from fleet.devices.models.code import EnrolmentCode
from fleet.devices.models.device import Device
from fleet.devices.models.event import DeviceEvent
from fleet.devices.models.group import Group, GroupMember

__all__ = ["Device", "DeviceEvent", "EnrolmentCode", "Group", "GroupMember"]
