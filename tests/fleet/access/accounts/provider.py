"""An OpenID Connect provider of our own, where a person of choice is signed in."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fleet.access.trusted.issuer import Issuer


@dataclass
class Provider:
    """Who is signed in there, and what was asked of it."""

    person: dict[str, Any] = field(default_factory=lambda: {"sub": "4711"})
    signer: Issuer = field(default_factory=Issuer)
    tokens: list[dict[str, str]] = field(default_factory=list)
    audience: str = "edgefleet"

    def document(self) -> dict[str, Any]:
        url = self.signer.url
        return {
            "issuer": url,
            "authorization_endpoint": f"{url}/authorize",
            "token_endpoint": f"{url}/token",
            "userinfo_endpoint": f"{url}/me",
            "jwks_uri": f"{url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        self.tokens.append(form)
        own = {"aud": self.audience, "jti": f"token-{len(self.tokens)}-{self.signer.url[-5:]}"}
        claims = self.signer.claims(**(self.person | own))
        return {"access_token": "at", "token_type": "Bearer", "id_token": self.signer.sign(claims)}


@contextmanager
def answering(provider: Provider) -> Iterator[Provider]:
    """Answer at an address of this machine."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known: dict[str, Callable[[], Any]] = {
                "/.well-known/openid-configuration": provider.document,
                "/keys": lambda: {"keys": [provider.signer.jwk()]},
                "/me": lambda: provider.person,
            }
            self.answer(known[urlsplit(self.path).path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answer(provider.token({key: each[0] for key, each in parse_qs(body).items()}))

        def answer(self, body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    provider.signer.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
