"""Files of other makers as their own tools lay them out, made by hand."""

import hashlib
import io
import struct
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

MANIFEST = b"[update]\ncompatible=gateway-7\nversion=2026.5\n\n[bundle]\nformat=verity\n"
ALIGNED = 4  # bytes


@dataclass(frozen=True)
class Maker:
    """Who signs."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls, name: str = "images of the tests") -> "Maker":
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        start = datetime(2026, 1, 1, tzinfo=UTC)
        made = x509.CertificateBuilder(
            subject, subject, key.public_key(), 7, start, start + timedelta(days=9000)
        )
        return cls(key, made.sign(key, hashes.SHA256()))

    def sign(self, data: bytes, *, detached: bool = True) -> bytes:
        builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
        builder = builder.add_signer(self.certificate, self.key, hashes.SHA256())
        options = [pkcs7.PKCS7Options.Binary]
        if detached:
            options.append(pkcs7.PKCS7Options.DetachedSignature)
        return builder.sign(Encoding.DER, options)


def description(*files: tuple[str, bytes]) -> bytes:
    listed = " ".join(
        f'{{ filename = "{name}"; sha256 = "{hashlib.sha256(data).hexdigest()}"; }}'
        for name, data in files
    )
    return f"""software = {{
  version = "3.2";
  hardware-compatibility: [ "board-a", "board-b" ];
  files: ( {listed} );
}}""".encode()


def cpio(*members: tuple[str, bytes]) -> bytes:
    made = b""
    for name, data in (*members, ("TRAILER!!!", b"")):
        numbers = (1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + "".join(f"{number:08X}" for number in numbers).encode()
        head += name.encode() + b"\0"
        made += head + b"\0" * (-len(head) % ALIGNED) + data + b"\0" * (-len(data) % ALIGNED)
    return made


def swu(maker: Maker | None = None, payload: bytes = b"root" * 100) -> bytes:
    said = description(("rootfs.ext4", payload))
    signature = [("sw-description.sig", maker.sign(said))] if maker else []
    return cpio(("sw-description", said), *signature, ("rootfs.ext4", payload))


def raucb(maker: Maker | None, manifest: bytes = MANIFEST) -> bytes:
    image = b"hsqs" + b"\x07" * 4092
    if maker is None:
        return image
    der = maker.sign(manifest, detached=False)
    return image + der + len(der).to_bytes(8, "big")


def mcuboot(
    program: bytes = b"code" * 50, *, signature: int | None = 0x24, counter: int | None = 5
) -> bytes:
    protected = struct.pack("<HHI", 0x50, 4, counter) if counter is not None else b""
    if protected:
        protected = struct.pack("<HH", 0x6908, len(protected) + 4) + protected
    fields = (0x96F3B83D, 0, 32, len(protected), len(program), 0, 1, 4, 2, 9, 0)
    image = struct.pack("<IIHHIIBBHII", *fields) + program + protected
    tlvs = struct.pack("<HH", 0x10, 32) + hashlib.sha256(image).digest()
    tlvs += struct.pack("<HH", 0x01, 32) + b"\xab" * 32
    if signature is not None:
        tlvs += struct.pack("<HH", signature, 64) + b"\x01" * 64
    return image + struct.pack("<HH", 0x6907, len(tlvs) + 4) + tlvs


def tar(*names: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))
    return made.getvalue()
