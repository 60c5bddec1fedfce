"""Devices with their keys and tokens, groups, enrolment codes and the timeline."""

from fleet.devices.models.code import EnrolmentCode
from fleet.devices.models.device import Device
from fleet.devices.models.event import DeviceEvent
from fleet.devices.models.filter import DeviceFilter
from fleet.devices.models.group import Group, GroupMember
from fleet.devices.models.kept import DeviceCount
from fleet.devices.models.key import ChipSecret, KeyUse, RetiredKey
from fleet.devices.models.token import ClientToken

__all__ = [
    "ChipSecret",
    "ClientToken",
    "Device",
    "DeviceCount",
    "DeviceEvent",
    "DeviceFilter",
    "EnrolmentCode",
    "Group",
    "GroupMember",
    "KeyUse",
    "RetiredKey",
]
