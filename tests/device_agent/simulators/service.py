"""A service in memory that speaks the protocol: all that a device sees of it."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.signer import CryptoSigner

from device_agent.protocol import ddi, enrol, instruction
from device_agent.protocol.delta.offer import DeltaOffer
from device_agent.protocol.field import capture
from device_agent.protocol.field.capture import CapturedBatch, CaptureOrder
from device_agent.protocol.field.shadow import (
    ShadowOrder,
    ShadowReport,
    dump_order,
    parse_report,
)
from device_agent.protocol.frame import Frame, decode_frame
from device_agent.protocol.instruction import ArtifactName, ArtifactStatement, Instruction
from device_agent.protocol.keyset import KeySet
from device_agent.protocol.telemetry import Ack, dump_ack
from device_agent.update.repository import TargetInfo
from tests.device_agent.simulators.bundles import MODEL, TARGET
from tests.device_agent.simulators.ranges import Reply, ranged

CODE = "one-time-code"
ISSUED_AT = 1_790_000_000
LIFE_SECONDS = 86_400


@dataclass
class Action:
    """One deployment offered to the device."""

    number: str
    bundle: bytes
    told: Instruction
    made: ArtifactStatement
    state: str = "offered"  # offered, canceling, success, failure, canceled
    feedback: list[ddi.Feedback] = field(default_factory=list)
    download: ddi.Handling = ddi.Handling.FORCED
    update: ddi.Handling = ddi.Handling.FORCED

    @property
    def terminal(self) -> list[ddi.Feedback]:
        return [told for told in self.feedback if told.execution is ddi.Execution.CLOSED]


class SimService:
    """Holds one fleet's truth; ``handle`` answers one request."""

    def __init__(self, base: str = "http://service.test", *, issued_at: int = ISSUED_AT) -> None:
        self.base, self.issued_at = base, issued_at
        self.director = CryptoSigner.generate_ed25519()
        self.builder = CryptoSigner.generate_ed25519()
        self.keys: dict[str, bytes] = {}
        self.codes = {CODE}
        self.tokens: set[str] = set()
        self.actions: list[Action] = []
        self.attributes: dict[str, str] = {}
        self.config_wanted = True
        self.frames: dict[tuple[int, int], Frame] = {}
        self.sleep_seconds = 30
        self.requests: list[tuple[str, str]] = []
        self.edit_document: Callable[[dict[str, object]], dict[str, object]] = lambda pair: pair
        self.counter = 0
        self.artifact_base = ""  # another host for downloads
        self.telemetry_status = 200
        self.tuf_root = b""  # set before a device enrols: a service with a TUF repository
        self.tuf_url = ""  # where that is; by default the service's own
        self.security = 1
        self.described: dict[str, TargetInfo] = {}
        self.key_set: KeySet | None = None
        self.shadow: ShadowOrder | None = None
        self.shadow_reports: list[ShadowReport] = []
        self.challengers: dict[str, bytes] = {}
        self.capture: CaptureOrder | None = None
        self.batches: list[tuple[CapturedBatch, bytes]] = []
        self.capture_status = 200
        self.deltas: list[tuple[str, bytes]] = []  # of every action: the source's digest, the bytes
        self.damage: Callable[[bytes], bytes] = lambda delta: delta  # on its way

    def rotate(self, *roles: str) -> None:
        """New keys, signed by the holders of targets; an old artifact key still verifies."""
        before = self.key_set or KeySet(0, keys_of(self.director), keys_of(self.builder))
        self.director = CryptoSigner.generate_ed25519() if "director" in roles else self.director
        self.builder = CryptoSigner.generate_ed25519() if "artifacts" in roles else self.builder
        artifacts = {**before.artifacts, **keys_of(self.builder)}
        self.key_set = KeySet(before.version + 1, keys_of(self.director), artifacts)

    def publish(self, version: str, bundle: bytes, **claims: object) -> Action:
        """Offer a bundle; ``claims`` change what the instruction says."""
        self.counter += 1
        digest = hashlib.sha256(bundle).hexdigest()
        name = ArtifactName(f"{MODEL}-{version}.bundle", digest, len(bundle))
        told = Instruction(
            device=next(iter(self.keys), "dev-1"),
            assignment=f"asg_{self.counter}",
            component="model",
            release=f"rel_{version}",
            model=MODEL,
            version=version,
            artifact=name,
            counter=self.counter,
            target=TARGET,
            abi="ef1",
            issued_at=self.issued_at,
            expires_at=self.issued_at + LIFE_SECONDS,
            nonce=f"nonce-{self.counter}",
        )
        made = ArtifactStatement(digest, len(bundle), "bundle", MODEL, version, TARGET)
        if self.tuf_root:
            told = self._described(told)
        action = Action(str(1000 + self.counter), bundle, replace(told, **claims), made)  # type: ignore[arg-type]
        self.actions.append(action)
        return action

    def challenge(self, version: str, bundle: bytes, **claims: object) -> ShadowOrder:
        """Ask for a challenger; ``claims`` change what the order says."""
        digest = hashlib.sha256(bundle).hexdigest()
        name = ArtifactName(f"{MODEL}-{version}.bundle", digest, len(bundle))
        made = ArtifactStatement(digest, len(bundle), "bundle", MODEL, version, TARGET)
        path = f"{MODEL}/{version}/{TARGET}/{name.name}"
        self.described[path] = TargetInfo(
            digest, len(bundle), self.security, TARGET, "ef1", "bundle", MODEL, version
        )
        self.challengers[name.name] = bundle
        device = next(iter(self.keys), "dev-1")
        order = ShadowOrder(
            id=f"shw_{len(self.challengers)}",
            every=2,
            time_ms=60_000,
            memory_mib=256,
            until=self.issued_at + LIFE_SECONDS,
            model=MODEL,
            version=version,
            target=TARGET,
            artifact=name,
            tuf_path=path,
            download=f"{self.base}/default/controller/v1/{device}/challenger/{name.name}",
            statement=instruction.seal_statement(made, self.builder),
        )
        self.shadow = replace(order, **claims)  # type: ignore[arg-type]
        return self.shadow

    def _shadow(self, headers: Mapping[str, str], body: bytes) -> Reply:
        if self.shadow is None:
            return json_reply({}, 404)
        return json_reply(dump_order(self.shadow))

    def _shadow_report(self, headers: Mapping[str, str], body: bytes) -> Reply:
        self.shadow_reports.append(parse_report(json.loads(body)))
        return json_reply({})

    def _capture(self, headers: Mapping[str, str], body: bytes) -> Reply:
        if self.capture is None:
            return json_reply({}, 404)
        return json_reply(capture.dump_order(self.capture))

    def _batch(self, headers: Mapping[str, str], body: bytes) -> Reply:
        if self.capture_status == 200:
            self.batches.append(capture.parse_batch(body))
        return json_reply({}, self.capture_status)

    def _challenger(self, name: str, headers: Mapping[str, str], body: bytes) -> Reply:
        return 200, {}, self.challengers[name]

    def _described(self, told: Instruction) -> Instruction:
        path = f"{told.model}/{told.version}/{told.target}/{told.artifact.name}"
        self.described[path] = TargetInfo(
            sha256=told.artifact.sha256,
            length=told.artifact.length,
            counter=self.security,
            target=told.target,
            abi=told.abi,
            kind="bundle",
            model=told.model,
            version=told.version,
        )
        return replace(told, tuf_path=path)

    @property
    def offered(self) -> Action | None:
        return next((a for a in self.actions if a.state in {"offered", "canceling"}), None)

    def allow(self, code: str) -> None:
        """One more device may join with this code."""
        self.codes.add(code)

    def cancel(self, action: Action) -> None:
        action.state = "canceling"

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        self.requests.append((method, path))
        plain = path.partition("?")[0]
        for verb, pattern, handler in self._routes():
            found = re.fullmatch(pattern, plain)
            if found and verb == method:
                if handler in self._public():
                    return handler(*found.groups(), headers, body)
                if headers.get("authorization", "").removeprefix("DeviceToken ") not in self.tokens:
                    return json_reply({"detail": "No valid token."}, 401)
                return handler(*found.groups(), headers, body)
        return json_reply({"detail": "Not found."}, 404)

    def _public(self) -> tuple[Callable[..., Reply], ...]:
        return self._enrol, self._challenge, self._session, self._key

    def _routes(self) -> list[tuple[str, str, Callable[..., Reply]]]:
        base = r"/default/controller/v1/[^/]+"
        return [
            ("POST", r"/device/v1/enrol", self._enrol),
            ("POST", r"/device/v1/challenge", self._challenge),
            ("POST", r"/device/v1/session", self._session),
            ("POST", r"/device/v1/key", self._key),
            ("GET", base, self._poll),
            ("GET", base + r"/deploymentBase/(\d+)", self._deployment),
            ("POST", base + r"/deploymentBase/(\d+)/feedback", self._feedback),
            ("GET", base + r"/cancelAction/(\d+)", self._cancellation),
            ("POST", base + r"/cancelAction/(\d+)/feedback", self._cancel_feedback),
            ("PUT", base + r"/configData", self._config),
            ("GET", base + r"/instruction", self._instruction),
            ("GET", base + r"/artifacts/(\d+)/[^/]+", self._artifact),
            ("GET", base + r"/deltas/(\d+)", self._delta),
            ("POST", r"/device/v1/telemetry/[^/]+", self._telemetry),
            ("GET", base + r"/shadow", self._shadow),
            ("POST", base + r"/shadow", self._shadow_report),
            ("GET", base + r"/challenger/([^/]+)", self._challenger),
            ("GET", base + r"/capture", self._capture),
            ("POST", base + r"/capture", self._batch),
        ]

    def _enrol(self, headers: Mapping[str, str], body: bytes) -> Reply:
        asked = enrol.parse_enrol_request(json.loads(body))
        known = self.keys.get(asked.controller_id)
        if known != asked.public_key and (known or asked.code not in self.codes):
            return json_reply({"detail": "The code is not valid."}, 403)
        message = enrol.enrol_message(asked.code, asked.controller_id, asked.public_key)
        Ed25519PublicKey.from_public_bytes(asked.public_key).verify(asked.proof, message)
        self.codes.discard(asked.code)
        self.keys[asked.controller_id] = asked.public_key
        reply = enrol.EnrolReply(
            asked.controller_id,
            "accepted",
            f"{self.base}/default/controller/v1/{asked.controller_id}",
            keys_of(self.director),
            keys_of(self.builder),
            self.tuf_root,
        )
        return json_reply(enrol.dump_enrol_reply(reply), 200 if known else 201)

    def _challenge(self, headers: Mapping[str, str], body: bytes) -> Reply:
        asked = json.loads(body)["controller_id"]
        if asked not in self.keys:
            return json_reply({"detail": "Unknown device."}, 403)
        return json_reply({"challenge": f"sign-this-{asked}", "expires_in": 60})

    def _session(self, headers: Mapping[str, str], body: bytes) -> Reply:
        asked = json.loads(body)
        key = Ed25519PublicKey.from_public_bytes(self.keys[asked["controller_id"]])
        try:
            key.verify(b64(asked["signature"]), enrol.session_message(asked["challenge"]))
        except InvalidSignature:
            return json_reply({"detail": "Not signed with this device's key."}, 401)
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        return json_reply({"token": token, "expires_in": 900})

    def _key(self, headers: Mapping[str, str], body: bytes) -> Reply:
        asked = enrol.parse_rotate_request(json.loads(body))
        message = enrol.rotate_message(asked.challenge, asked.controller_id, asked.public_key)
        Ed25519PublicKey.from_public_bytes(asked.public_key).verify(asked.new_proof, message)
        known = self.keys[asked.controller_id]
        if known != asked.public_key:
            Ed25519PublicKey.from_public_bytes(known).verify(asked.old_proof, message)
            self.keys[asked.controller_id] = asked.public_key
            self.tokens.clear()
        return json_reply({"key": hashlib.sha256(asked.public_key).hexdigest()})

    def _poll(self, headers: Mapping[str, str], body: bytes) -> Reply:
        device = next(iter(self.keys))
        root = f"{self.base}/default/controller/v1/{device}"
        links = {"telemetry": f"{self.base}/device/v1/telemetry/{device}"}
        action = self.offered
        if action and action.state == "canceling":
            links["cancelAction"] = f"{root}/cancelAction/{action.number}"
        elif action:
            links["deploymentBase"] = f"{root}/deploymentBase/{action.number}?c=1"
            named = f"assignment={action.told.assignment}"
            links["instruction"] = f"{root}/instruction?{named}"
        if self.shadow:
            links["shadow"] = f"{root}/shadow?id={self.shadow.id}"
        if self.capture:
            links["capture"] = f"{root}/capture?id={self.capture.id}"
        if self.tuf_root:
            links["tuf"] = self.tuf_url or f"{self.base}/tuf/"
        if self.config_wanted:
            links["configData"] = f"{root}/configData"
        return json_reply(ddi.dump_poll(ddi.Poll(self.sleep_seconds, links)))

    def _deployment(self, number: str, headers: Mapping[str, str], body: bytes) -> Reply:
        action = self._action(number)
        if action is None or action.state != "offered":
            return json_reply({}, 404)
        base = self.artifact_base or f"{self.base}/default/controller/v1/{action.told.device}"
        name = action.told.artifact.name
        offered = ddi.DdiArtifact(
            filename=name,
            size=len(action.bundle),
            sha256=hashlib.sha256(action.bundle).hexdigest(),
            download=f"{base}/artifacts/{number}/{name}",
            deltas=tuple(self._offers(action)),
        )
        chunk = ddi.Chunk("bApp", MODEL, action.told.version, (offered,))
        deployment = ddi.Deployment(number, action.download, action.update, (chunk,))
        return json_reply(ddi.dump_deployment(deployment))

    def _offers(self, action: Action) -> Iterator[DeltaOffer]:
        base = f"{self.base}/default/controller/v1/{action.told.device}"
        for number, (source, data) in enumerate(self.deltas):
            digest = hashlib.sha256(data).hexdigest()
            yield DeltaOffer(source, digest, len(data), f"{base}/deltas/{number}")

    def _delta(self, number: str, headers: Mapping[str, str], body: bytes) -> Reply:
        return ranged(self.damage(self.deltas[int(number)][1]), headers)

    def _instruction(self, headers: Mapping[str, str], body: bytes) -> Reply:
        action = self.offered
        if action is None:
            return json_reply({}, 404)
        pair = instruction.dump_pair(
            instruction.seal_instruction(action.told, self.director),
            instruction.seal_statement(action.made, self.builder),
        )
        return json_reply(self.edit_document(pair))

    def _feedback(self, number: str, headers: Mapping[str, str], body: bytes) -> Reply:
        action = self._action(number)
        if action is None:
            return json_reply({}, 404)
        told = ddi.parse_feedback(json.loads(body))
        action.feedback.append(told)
        if told.execution is ddi.Execution.CLOSED and action.state == "offered":
            failed = told.finished is ddi.Finished.FAILURE
            action.state = "failure" if failed else "success"
            self.config_wanted = True
        return json_reply({})

    def _cancellation(self, number: str, headers: Mapping[str, str], body: bytes) -> Reply:
        return json_reply(ddi.dump_cancel(ddi.Cancellation(number, number)))

    def _cancel_feedback(self, number: str, headers: Mapping[str, str], body: bytes) -> Reply:
        action = self._action(number)
        told = ddi.parse_feedback(json.loads(body))
        if action and action.state == "canceling":
            refused = told.finished is ddi.Finished.FAILURE
            action.state = "offered" if refused else "canceled"
        return json_reply({})

    def _config(self, headers: Mapping[str, str], body: bytes) -> Reply:
        self.attributes |= ddi.parse_config_data(json.loads(body)).data
        self.config_wanted = False
        return json_reply({})

    def _artifact(self, number: str, headers: Mapping[str, str], body: bytes) -> Reply:
        action = self._action(number)
        return json_reply({}, 404) if action is None else ranged(action.bundle, headers)

    def _telemetry(self, headers: Mapping[str, str], body: bytes) -> Reply:
        if self.telemetry_status != 200:
            return json_reply({"detail": "Not now."}, self.telemetry_status)
        frame = decode_frame(body)
        known = (frame.boot_id, frame.seq) in self.frames
        self.frames[frame.boot_id, frame.seq] = frame
        return json_reply(dump_ack(Ack(known, frame.seq, ISSUED_AT)))

    def _action(self, number: str) -> Action | None:
        return next((action for action in self.actions if action.number == number), None)


def json_reply(value: object, status: int = 200) -> Reply:
    body = json.dumps(value).encode()
    return status, {"content-type": "application/json", "content-length": str(len(body))}, body


def keys_of(*signers: CryptoSigner) -> dict[str, str]:
    return {s.public_key.keyid: str(s.public_key.keyval["public"]) for s in signers}


def b64(text: str) -> bytes:
    import base64

    return base64.b64decode(text)
