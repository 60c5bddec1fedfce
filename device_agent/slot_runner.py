"""The model that runs now: loaded from its slot, fed, counted, and judged while on trial.

What the process measures of itself, as its memory, is told here, too (`seal_if_due`).
"""

import logging
import resource
from collections.abc import Mapping
from pathlib import Path
from posixpath import join

from device_agent.agent import Agent
from device_agent.capturing import Capturing
from device_agent.challenging import Challenging
from device_agent.errors import AgentError, ModelBroken
from device_agent.model import ModelRunner
from device_agent.model.quantise import BadInput, Feed
from device_agent.protocol.canonical import parse_json
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.frame import FrameFlags, GaugeKind
from device_agent.protocol.manifest import SCHEMA
from device_agent.protocol.schema import DOCUMENT_LIMIT, TelemetrySchema, parse_schema
from device_agent.state import machine, slots
from device_agent.state.record import Slot, UpdatePhase
from device_agent.storage.port import FileStorage
from device_agent.telemetry.recorder import Recorder

log = logging.getLogger(__name__)
STATM = Path("/proc/self/statm")  # proc(5): sizes in pages, the second is what is resident


class SlotRunner:
    """The one place where a model of this device is called."""

    def __init__(self, agent: Agent, storage: FileStorage) -> None:
        self._agent, self._storage = agent, storage
        self._challenging, self._capturing = Challenging(agent, storage), Capturing(agent)
        agent.beside = self._beside
        self._runner: ModelRunner | None = None
        self._recorder: Recorder | None = None
        self._loaded: tuple[Slot, str] | None = None  # slot and digest
        self._seq = 0
        self._window_seconds = 0.0
        self._begun_at = 0.0
        self._good = self._bad = 0

    @property
    def ready(self) -> bool:
        """Whether a model is loaded."""
        return self._runner is not None

    def follow(self) -> bool:
        """Run what the agent's state says, judge a trial; whether there is news to tell."""
        before = len(self._agent.state.outbox)
        self._catch_up()
        self._judge()
        return len(self._agent.state.outbox) > before

    def _catch_up(self) -> None:
        state = self._agent.state
        slot = state.running
        wanted = None if slot is None else (slot, state.slots[slot].sha256)
        if wanted != self._loaded:
            self._unload(FrameFlags.SWITCHED)
            self._loaded = None
            if wanted and not machine.looping(state):
                self._load(wanted[0])
            self._loaded = wanted  # not before: what could not be remembered is tried again

    def infer(self, sample: Feed) -> None:
        """Run the model once and count it."""
        if self._runner is None or self._recorder is None:
            return
        try:
            inference = self._runner.infer(sample)
            self._recorder.record(inference)
            self._challenging.record(inference)
            self._capturing.record(inference)
            self._good += 1
            if self._good == 1:
                self._agent.alive()
        except BadInput as error:
            log.debug("%s", error)
            self._recorder.invalid()
        except ModelBroken as error:
            log.warning("%s", error)
            self._recorder.error()
            self._bad += 1

    def seal_if_due(self) -> None:
        """Close the window when its time has come."""
        self._challenging.pump()
        recorder = self._recorder
        if recorder is None:
            return
        if (memory := _resident_kib()) is not None:
            recorder.measure(GaugeKind.MEMORY_KIB, memory)
        if recorder.full:
            self._seal(FrameFlags.FULL)
        elif recorder.age(self._agent.clock.uptime()) >= self._window_seconds:
            self._seal(FrameFlags.NONE)

    def stop(self) -> None:
        """Close the window and unload the model: an orderly end."""
        self._unload(FrameFlags.SHUTDOWN)

    def _beside(self, links: Mapping[str, str]) -> None:
        """What a poll asks for beside the model."""
        self._challenging.heard(links)
        self._capturing.heard(links)

    def _load(self, slot: Slot) -> None:
        place = slots.folder(slot)
        try:
            self._runner = ModelRunner.load(self._storage.root / place)
            schema = self._schema(join(place, SCHEMA))
        except (AgentError, ProtocolError, OSError) as error:
            self._broken(str(error))
            return
        now = self._agent.clock.uptime()
        self._recorder = Recorder(schema, self._runner.manifest, now=now)
        self._window_seconds = self._agent.config.window_seconds or float(schema.window_seconds)
        self._begun_at, self._good, self._bad = now, 0, 0
        self._challenging.champion(self._runner.manifest)
        self._capturing.runs(self._runner.manifest, schema)
        log.info("Runs %s %s.", self._runner.manifest.model, self._runner.manifest.version)

    def _schema(self, path: str) -> TelemetrySchema:
        raw = self._storage.read(path, limit=DOCUMENT_LIMIT + 1) or b""
        return parse_schema(parse_json(raw, limit_bytes=DOCUMENT_LIMIT, what="The schema"))

    def _broken(self, reason: str) -> None:
        log.error("The model cannot run: %s", reason)
        if self._agent.state.phase is UpdatePhase.TRIAL:
            self._agent.trial_failed(reason)

    def _judge(self) -> None:
        config, agent = self._agent.config, self._agent
        if agent.state.phase is not UpdatePhase.TRIAL or not self.ready:
            return
        if self._bad > config.trial_errors:
            agent.trial_failed(f"{self._bad} inferences failed while on trial.")
        elif self._good >= config.trial_inferences:
            agent.trial_passed()
        elif agent.clock.uptime() - self._begun_at >= config.trial_seconds:
            # No input to judge by: the golden vectors speak instead.
            agent.check_trial()

    def _unload(self, flags: FrameFlags) -> None:
        if self._recorder is not None and not self._recorder.empty:
            self._seal(flags)
        if self._runner is not None:
            self._challenging.champion(None)
            self._capturing.runs(None, None)
            self._runner.close()
        self._runner = self._recorder = None

    def _seal(self, flags: FrameFlags) -> None:
        if self._recorder is None:
            return
        agent = self._agent
        if agent.state.phase is UpdatePhase.TRIAL:
            flags |= FrameFlags.TRIAL
        self._seq += 1
        frame = self._recorder.seal(
            now=agent.clock.uptime(),
            boot_id=agent.state.boot_id,
            seq=self._seq,
            flags=flags,
            dropped=agent.spool.take_dropped(),
        )
        agent.spool.put(frame)


def _resident_kib() -> int | None:
    """Memory of this process; None where the system does not tell."""
    try:
        pages = int(STATM.read_bytes().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * resource.getpagesize() // 1024
