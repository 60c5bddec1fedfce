"""An issuer of our own: keys, discovery, and identities as GitHub and GitLab sign them."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from fleet.lib import clock


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def number(value: int) -> str:
    return text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclass
class Issuer:
    """Signs whatever it is asked to sign."""

    url: str = "https://issuer.example"
    kid: str = "first"
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    published: bool = True
    asked: list[str] = field(default_factory=list)

    def jwk(self) -> dict[str, str]:
        numbers = self.key.public_key().public_numbers()
        names = {"kty": "RSA", "kid": self.kid, "alg": "RS256", "use": "sig"}
        return names | {"n": number(numbers.n), "e": number(numbers.e)}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        parts = [{"alg": "RS256", "kid": self.kid, "typ": "JWT"} | header, claims]
        said = ".".join(text(json.dumps(part).encode()) for part in parts)
        return f"{said}.{text(self.key.sign(said.encode(), padding.PKCS1v15(), SHA256()))}"

    def claims(self, **more: Any) -> dict[str, Any]:
        """What every identity says, valid now."""
        now = int(clock.now().timestamp())
        about = {"iss": self.url, "aud": "edgefleet", "jti": f"job {len(self.asked)}"}
        return about | {"iat": now, "nbf": now, "exp": now + 300} | more

    def github(self, **more: Any) -> dict[str, Any]:
        """The identity of a job that a tag of acme/models has started."""
        said = {
            "repository": "Acme/models",
            "repository_owner": "Acme",
            "repository_owner_id": "4711",
            "job_workflow_ref": "Acme/models/.github/workflows/release.yml@refs/tags/v1",
            "event_name": "push",
            "ref": "refs/tags/v1",
            "sha": "0123abcd",
        }
        return self.claims(**(said | more))

    def gitlab(self, **more: Any) -> dict[str, Any]:
        """The same of GitLab."""
        said = {
            "project_path": "acme/models",
            "namespace_id": "4711",
            "ci_config_ref_uri": "gitlab.example/acme/models//.gitlab-ci.yml@refs/tags/v1",
            "pipeline_source": "push",
            "ref": "v1",
            "ref_type": "tag",
            "ref_protected": "true",
            "sha": "0123abcd",
        }
        return self.claims(**(said | more))


@contextmanager
def listening(issuer: Issuer) -> Iterator[Issuer]:
    """Publish the issuer's keys at an address of this machine."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            if self.path.endswith("openid-configuration"):
                body: Any = {"jwks_uri": f"{issuer.url}/keys"}
            else:
                body = {"keys": [issuer.jwk()] if issuer.published else []}
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
