"""The real SWUpdate: images that it installs, and its daemon in a process of its own."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.core.handlers.wsgi import WSGIHandler

from builds.toolchain.group import end_group
from fleet.lib import clock
from tests.waiting import until

PROGRAM = "swupdate"
CERTIFICATE = "maker.pem"
TRAILER = "TRAILER!!!"
PURPOSE = ExtendedKeyUsageOID.EMAIL_PROTECTION  # what the client asks of a signer by default


@dataclass(frozen=True)
class Maker:
    """Who signs images: Debian's client installs no others."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls) -> "Maker":
        """A maker with a certificate of its own, good for a day."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "images of the tests")])
        now = clock.now()
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([PURPOSE]), critical=False)
        )
        return cls(key, made.sign(key, hashes.SHA256()))

    def trusted_in(self, folder: Path) -> None:
        """Put the certificate where the client looks for whom it trusts."""
        (folder / CERTIFICATE).write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def sign(self, data: bytes) -> bytes:
        """A detached CMS signature."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
        builder = builder.add_signer(self.certificate, self.key, hashes.SHA256())
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
        return builder.sign(Encoding.DER, options)


def image(payload: bytes, place: Path, maker: Maker) -> bytes:
    """A `.swu` that writes the payload to a file: a cpio archive with checksums ("070702")."""
    description = f"""software = {{
  version = "1.0";
  hardware-compatibility: [ "1.0" ];
  files: ({{ filename = "model.bin"; path = "{place}"; type = "rawfile";
             sha256 = "{sha256(payload).hexdigest()}"; }});
}}
""".encode()
    members = (
        ("sw-description", description),
        ("sw-description.sig", maker.sign(description)),
        ("model.bin", payload),
        (TRAILER, b""),
    )
    archive = b"".join(_member(name, data) for name, data in members)
    return archive + b"\0" * (-len(archive) % 512)


def _member(name: str, data: bytes) -> bytes:
    checksum = 0 if name == TRAILER else sum(data) & 0xFFFFFFFF
    numbers = (1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, checksum)
    head = "070702" + "".join(f"{number:08X}" for number in numbers)
    start = head.encode() + name.encode() + b"\0"
    start += b"\0" * (-len(start) % 4)
    return start + data + b"\0" * (-len(data) % 4)


class Quiet(WSGIRequestHandler):
    """A handler that logs nothing: the client's own log tells more."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@dataclass
class Watch:
    """The service in this very thread, and what the client said.

    One thread has one database connection, so that a test sees what the client changed.
    """

    server: WSGIServer
    process: subprocess.Popen[bytes]
    log: Path

    def until(self, reached: Callable[[], bool], what: str) -> None:
        """Answer requests until it is so. Raises AssertionError with the client's log."""

        def answered() -> bool:
            self.server.handle_request()
            return reached()

        until(answered, what, process=self.process, log=self.log)


@contextmanager
def running(controller_id: str, *credential: str, folder: Path) -> Iterator[Watch]:
    """SWUpdate as a daemon that polls every second, until the block ends; it trusts the certificate
    in the folder.
    """
    program = shutil.which(PROGRAM)
    assert program
    log = folder / "log"
    application = WSGIHandler()
    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        server.timeout = 0.2
        url = f"http://127.0.0.1:{server.server_port}"
        words = f"-t default -u {url} -i {controller_id} -p 1 -r 2 -w 1 {' '.join(credential)}"
        trusted = str(folder / CERTIFICATE)
        with log.open("wb") as out:
            process = subprocess.Popen(
                [program, "-v", "-M", "-m", "-H", "board:1.0", "-k", trusted, "-u", words],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={"PATH": "/usr/bin:/bin", "TMPDIR": str(folder), "HOME": str(folder)},
                start_new_session=True,
            )
        try:
            yield Watch(server, process, log)
        finally:
            end_group(process.pid)
            process.wait()
