"""Captures samples: keeps inputs on order, seals them for the fleet's key, and hands them in.

* Off until the device's owner names the fleet's key in the settings (``capture_key``): only boxes
  for that very key are made, whatever an order says.
* What is kept is in memory only; an ended agent has kept nothing.
* The model that runs never waits and never notices.
"""

import logging
from array import array
from collections.abc import Mapping

from device_agent.agent import Agent
from device_agent.errors import AgentError, Rejected, UpdateRefused
from device_agent.model import Inference
from device_agent.protocol.descriptors import describe
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.field import capture
from device_agent.protocol.field.capture import (
    BATCH_BYTES_MAX,
    REASON_MAX,
    CapturedBatch,
    CapturedSample,
    CaptureOrder,
    Pick,
)
from device_agent.protocol.field.sealed import seal
from device_agent.protocol.manifest import Manifest, Tensor
from device_agent.protocol.schema import TelemetrySchema, predicted_class
from device_agent.telemetry.keeper import Keeper

log = logging.getLogger(__name__)

INT8_MIN = -128
# What boxes and their heads take of a budget, beside the samples.
BOXES_SHARE, HEAD_BYTES = 64, 512


class Capturing:
    """At most one capture at a time."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._url = ""
        self._order: CaptureOrder | None = None
        self._keeper: Keeper | None = None
        self._manifest: Manifest | None = None
        self._schema: TelemetrySchema | None = None
        self._tensor: Tensor | None = None  # of what waits
        self._waiting: list[list[CapturedSample]] | None = (
            None  # batches; None while samples are kept
        )
        self._seq = 0
        self._reason = ""

    def runs(self, manifest: Manifest | None, schema: TelemetrySchema | None) -> None:
        """Another model runs now, or none: what was kept of the other's inputs is dropped."""
        self._manifest, self._schema = manifest, schema
        if self._order is not None and self._waiting is None:
            self._begin(self._order)

    def record(self, inference: Inference) -> None:
        """Perhaps keep the input. Never raises."""
        if self._keeper is None or self._order is None or self._waiting is not None:
            return
        try:
            self._offer(self._keeper, self._order, inference)
        except Exception:  # whatever it is, it is not the model's
            log.exception("The capture ends by a fault of the agent.")
            self._refuse("A fault of the agent.")

    def heard(self, links: Mapping[str, str]) -> None:
        """Follow what the service asks for; what fails waits for the next visit. Never raises."""
        try:
            self._follow(links)
        except (AgentError, ProtocolError) as error:
            log.warning("The capture waits: %s", error)

    def _follow(self, links: Mapping[str, str]) -> None:
        """Hand in one batch when it is time."""
        url = links.get(capture.REL, "")
        if url != self._url:
            self._forget()
            if url:
                self._take_up(url)
        order = self._order
        if order is None:
            return
        if self._waiting is None and self._agent.clock.wall() >= order.until:
            self._close(order)
        if self._waiting is not None:
            self._hand_in(order, self._waiting)

    def _take_up(self, url: str) -> None:
        order = self._agent.client.capture_order(url)
        self._url, self._order = url, order
        own = self._agent.config.capture_key
        if not own:
            self._refuse("This device's owner allows no capture: no capture_key is set.")
        elif own.lower() != order.key:
            self._refuse("The order is for another key than this device's owner has set.")
        else:
            self._begin(order)

    def _begin(self, order: CaptureOrder) -> None:
        self._keeper = None
        manifest = self._manifest
        if manifest is None or (manifest.model, manifest.version) != (order.model, order.version):
            return  # perhaps later: an update may be under way
        try:
            self._require_fit(manifest, order)
        except UpdateRefused as error:
            self._refuse(str(error))
            return
        room = max(0, order.bytes_max - order.bytes_max // BOXES_SHARE - HEAD_BYTES)
        self._keeper = Keeper(order.pick, order.samples, room)

    def _require_fit(self, manifest: Manifest, order: CaptureOrder) -> None:
        if len(manifest.inputs) != 1 or manifest.inputs[0].bytes > BATCH_BYTES_MAX:
            raise UpdateRefused(
                f"Only models with one input of at most {BATCH_BYTES_MAX} bytes are captured."
            )
        if manifest.outputs[0].dtype != "int8":
            raise UpdateRefused("Only models with 8-bit outputs are captured.")
        features = self._schema.features if self._schema else ()
        if order.pick is Pick.BIN and order.feature >= len(features):
            raise UpdateRefused(f"The version counts no feature {order.feature}.")

    def _offer(self, keeper: Keeper, order: CaptureOrder, inference: Inference) -> None:
        if order.pick is Pick.BIN and not self._in_bin(order, inference):
            return
        output = array("b", inference.outputs[0])
        best = predicted_class(output)
        keeper.offer(CapturedSample(inference.inputs[0], best, output[best] - INT8_MIN))

    def _in_bin(self, order: CaptureOrder, inference: Inference) -> bool:
        if self._schema is None or self._manifest is None:
            return False
        feature = self._schema.features[order.feature]
        shape = self._manifest.inputs[0].shape
        value = describe(inference.inputs[0], shape, [feature.descriptor])[0]
        return feature.bin_of(value) == order.bin

    def _close(self, order: CaptureOrder) -> None:
        kept = self._keeper.kept if self._keeper else []
        if not kept:
            self._refuse("No input was kept: the version did not run, or nothing fitted.")
            return
        each = max(1, BATCH_BYTES_MAX // len(kept[0].data))
        self._waiting = [kept[at : at + each] for at in range(0, len(kept), each)]
        self._keeper = None
        self._tensor = self._manifest.inputs[0] if self._manifest else None
        log.info("Hands in %d samples for %s.", len(kept), order.id)

    def _hand_in(self, order: CaptureOrder, waiting: list[list[CapturedSample]]) -> None:
        device = self._agent.enrolment.controller_id
        box = b""
        if waiting and self._tensor is not None:
            context = capture.context_of(order.id, device, self._seq)
            data = capture.pack(self._tensor, waiting[0])
            box = seal(data, key=bytes.fromhex(order.key), context=context)
        batch = CapturedBatch(order.id, self._seq, len(waiting) <= 1, self._reason)
        try:
            self._agent.client.capture_batch(self._url, capture.dump_batch(batch, box))
        except Rejected as error:
            log.warning("The service takes no samples: %s", error)
            self._order = None
            return
        self._seq += 1
        del waiting[:1]
        if batch.last:
            self._order = None

    def _refuse(self, reason: str) -> None:
        """Tell why nothing comes, in a last batch that is empty."""
        log.warning("No capture: %s", reason)
        self._keeper, self._waiting, self._reason = None, [], reason[:REASON_MAX]

    def _forget(self) -> None:
        self._url, self._order, self._keeper, self._waiting = "", None, None, None
        self._seq, self._reason = 0, ""
