"""Where devices call and the header that they add: the words of the wire outside messages."""

from typing import Final

BOOT_HEADER: Final = "X-Boot-Id"  # the number of the agent's start, in decimal digits
DEVICES_PATH: Final = "/device/v1/"  # everything of ours that a device calls
ENROL_PATH: Final = f"{DEVICES_PATH}enrol"
CHALLENGE_PATH: Final = f"{DEVICES_PATH}challenge"
SESSION_PATH: Final = f"{DEVICES_PATH}session"
KEY_PATH: Final = f"{DEVICES_PATH}key"
TELEMETRY_PATH: Final = f"{DEVICES_PATH}telemetry/"  # then the device's name
