"""From statistics to what is told: device alarms, labels, the fleet; opened and closed with
hysteresis, each drift at the level that explains it.
"""

import numpy as np

from fleet.telemetry.judgement import limits
from fleet.telemetry.judgement.past import Fitted
from fleet.telemetry.judgement.scoring.scores import Channel
from fleet.telemetry.judgement.telling.findings import DeviceAlarm, Found
from fleet.telemetry.judgement.votes import Labels, Named, named, standing

OVER = 0.5  # thresholds: below it an alarm is over, above it a device is under suspicion
LASTS = 3  # steps that the fleet must be under suspicion before it is told
FLEET_DEVICES_MIN = 5


class Telling:
    """Open and closed incidents and device alarms."""

    def __init__(self, channels: tuple[Channel, ...], labels: Labels, smallest: float) -> None:
        self.channels, self.labels, self._smallest = channels, labels, smallest
        self.incidents: list[Found] = []
        self.alarms: list[DeviceAlarm] = []
        self._alarmed: dict[int, tuple[DeviceAlarm, Found | None]] = {}
        self._named: dict[str, tuple[Named, Found]] = {}
        self._fleet: dict[int, tuple[Found, int]] = {}  # by channel
        self._lasting = np.zeros(len(channels), int)
        self._excess: np.ndarray | None = None  # (devices, channels)

    def harmed(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return the cells whose baseline learns nothing: those in alarm and of named labels."""
        return self._over(shape, 1.0)

    def suspected(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return the cells whose level must not learn what may be harm."""
        return self._over(shape, OVER)

    def suspicious(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return the cells that have no say in the common mode, unless they are the majority."""
        found = self._over(shape, OVER)
        return np.asarray(found & (found.mean(axis=0) <= 0.5))

    def _over(self, shape: tuple[int, ...], excess: float) -> np.ndarray:
        found = np.zeros(shape, bool) if self._excess is None else self._excess >= excess
        for each, _ in self._named.values():
            found[list(each.devices), each.channel] = True
        return found

    def step(self, at: int, fitted: Fitted, moved: np.ndarray) -> None:
        """Look at the detectors after step `at`."""
        by_sign = fitted.cusums.excess()
        self._excess = by_sign.max(axis=0)
        votes = fitted.ballot.votes()
        self._labels(at, votes)
        self._whole_fleet(at, by_sign, moved)
        self._devices(at, fitted, by_sign)

    def _labels(self, at: int, votes: np.ndarray) -> None:
        for label, (each, told) in list(self._named.items()):
            if not standing(self.labels, votes, each):
                told.closed = at
                del self._named[label]
        rest = votes.copy()
        for each, _ in self._named.values():
            rest[:, list(each.devices)] = np.nan
        for each in named(self.labels, rest):
            evidence = {
                "channel": self.channels[each.channel].name,
                "direction": "up" if each.sign > 0 else "down",
                "z": round(each.z, 2),
                "steps": each.steps,
            }
            told = Found("label", each.label, each.devices, at, evidence=evidence)
            self.incidents.append(told)
            self._named[each.label] = (each, told)
            self._explain(each.devices, each.label, at)

    def _explain(self, devices: tuple[int, ...], label: str, at: int) -> None:
        """Close what is open on these devices: the label tells it now."""
        for device in devices:
            if device in self._alarmed:
                alarm, told = self._alarmed[device]
                alarm.explained_by = label
                if told is not None and told.closed is None:
                    told.closed = at

    def _covered(self) -> dict[int, str]:
        return {d: label for label, (each, _) in self._named.items() for d in each.devices}

    def _whole_fleet(self, at: int, by_sign: np.ndarray, moved: np.ndarray) -> None:
        free = np.ones(by_sign.shape[1], bool)
        free[list(self._covered())] = False
        count = (by_sign[:, free] >= OVER).sum(axis=1).max(axis=0)
        many = count > max(limits.FLEET_SHARE * int(free.sum()), FLEET_DEVICES_MIN)
        self._lasting = np.where(many, self._lasting + 1, 0)
        for channel in range(len(self.channels)):
            active = self._lasting[channel] >= LASTS or abs(float(moved[channel])) >= 1
            if active and channel not in self._fleet:
                devices = np.flatnonzero(free & (by_sign.max(axis=0)[:, channel] >= OVER))
                self._open_fleet(at, channel, devices, float(moved[channel]))
            elif not active and channel in self._fleet and not many[channel]:
                told, _ = self._fleet.pop(channel)
                told.closed = at

    def _open_fleet(self, at: int, channel: int, devices: np.ndarray, moved: float) -> None:
        name = self.channels[channel].name
        evidence = {"channel": name, "suspicious": int(devices.size), "moved": round(moved, 2)}
        told = Found("fleet", name, tuple(int(d) for d in devices), at, evidence=evidence)
        self.incidents.append(told)
        self._fleet[channel] = (told, at)

    def _devices(self, at: int, fitted: Fitted, by_sign: np.ndarray) -> None:
        effect, error = fitted.cusums.effect()
        large = np.abs(effect) + 2 * error >= self._smallest
        over = ((by_sign >= 1.0) & large).max(axis=0)
        over[:, list(self._fleet)] = False
        for device in np.flatnonzero(over.any(axis=1)).tolist():
            if device not in self._alarmed:
                channel = int(np.argmax(np.where(over[device], self._worst[device], 0)))
                sign = int(np.argmax(by_sign[:, device, channel]))
                self._open_device(at, device, channel, effect[sign], error[sign])
        for number, (alarm, told) in list(self._alarmed.items()):
            if self._worst[number].max() < OVER:
                alarm.closed = at
                if told is not None and told.closed is None:
                    told.closed = at
                del self._alarmed[number]

    @property
    def _worst(self) -> np.ndarray:
        if self._excess is None:
            raise ValueError("nothing was judged yet")
        return self._excess

    def _open_device(
        self, at: int, device: int, channel: int, effect: np.ndarray, error: np.ndarray
    ) -> None:
        size, wide = float(effect[device, channel]), 2 * float(error[device, channel])
        alarm = DeviceAlarm(device, self.channels[channel].name, at, size, size - wide, size + wide)
        self.alarms.append(alarm)
        label = self._covered().get(device)
        told = None
        if label is None:
            told = Found("device", str(device), (device,), at, evidence=alarm.evidence())
            self.incidents.append(told)
        alarm.explained_by = label
        self._alarmed[device] = (alarm, told)
