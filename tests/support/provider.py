"""An identity provider (OpenID Connect) in a process of its own: tokens are truly signed.

    with provider("lan@bo.example", client="cchc", secret="...") as issuer: ...

It is built on Authlib's server: code flow with PKCE, which it demands, and RS256. Whoever asks for
the sign-in is the person it was started for, without a page between. `faults` makes it lie, so
that a client shows what it believes: see `_FAULTS`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60

_FAULTS = {
    "nonce": {"nonce": "of another sign-in"},
    "audience": {"aud": "another client"},
    "two audiences": {"aud": ["cchc", "another client"]},
    "issuer": {"iss": "https://elsewhere.example"},
    "expired": {"exp": 1_000_000_000, "iat": 999_999_000},
    "no subject": {"sub": None},
}
"""What a token claims wrongly; `key`, `none` and `hmac` are about how it is signed."""


@contextmanager
def provider(person: str, client: str, secret: str, **more: Any) -> Iterator[str]:
    """The issuer's address, until the block ends. `fault` names a lie, `claims` adds to tokens."""
    told = {"person": person, "client": client, "secret": secret, **more}
    command = [sys.executable, "-m", "tests.support.provider", json.dumps(told)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            issuer = process.stdout.readline().strip()
            _wait_for(issuer)
            yield issuer
        finally:
            process.terminate()


def _wait_for(issuer: str) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration"):
                return
        except URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _serve(told: dict[str, Any]) -> None:
    """Answer on a port of 127.0.0.1 until the process is ended."""
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    issuer = f"http://127.0.0.1:{server.port}"
    server.app = _application(issuer, told)
    print(issuer, flush=True)
    server.serve_forever()


def _application(issuer: str, told: dict[str, Any]) -> Any:
    import os

    from flask import Flask, jsonify
    from joserfc.jwk import RSAKey

    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # http, on this machine only
    app = Flask(__name__)
    keys = {name: RSAKey.generate_key(2048, {"kid": "1"}) for name in ("own", "another")}
    server = _authorization_server(app, issuer, told, keys)

    @app.get("/.well-known/openid-configuration")
    def metadata() -> Any:
        return jsonify(
            issuer=told.get("calls_itself", issuer),
            authorization_endpoint=f"{issuer}/authorize",
            token_endpoint=f"{issuer}/token",
            jwks_uri=f"{issuer}/keys",
            response_types_supported=["code"],
            id_token_signing_alg_values_supported=["RS256", "HS256", "none"],
            subject_types_supported=["public"],
        )

    @app.get("/keys")
    def jwks() -> Any:
        return jsonify(keys=[keys["own"].as_dict(private=False)])

    @app.get("/authorize")
    def authorize() -> Any:
        return server.create_authorization_response(grant_user=told["person"])

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    return app


def _authorization_server(app: Any, issuer: str, told: dict[str, Any], keys: dict[str, Any]) -> Any:
    """Authlib's own, with one client, codes that are used once, and PKCE."""
    from authlib.integrations.flask_oauth2 import AuthorizationServer
    from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
    from authlib.oauth2.rfc7636 import CodeChallenge

    codes: dict[str, _Code] = {}

    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            codes[code] = _Code(request, told["person"])

        def query_authorization_code(self, code: str, client: Any) -> Any:
            return codes.get(code)

        def delete_authorization_code(self, authorization_code: Any) -> None:
            for code in [each for each, kept in codes.items() if kept is authorization_code]:
                del codes[code]

        def authenticate_user(self, authorization_code: Any) -> Any:
            return told["person"]

    def extended(grant: Any) -> None:
        def add_id_token(grant: Any, response: tuple[int, dict[str, Any], Any]) -> None:
            code = grant.request.authorization_code
            response[1]["id_token"] = _id_token(code, issuer, told, keys)

        grant.register_hook("after_create_token_response", add_id_token)

    client = _Client(told["client"], told["secret"])
    server = AuthorizationServer(
        app,
        query_client=lambda name: client if name == told["client"] else None,
        save_token=lambda token, request: None,
    )
    server.register_grant(Grant, [CodeChallenge(required=True), extended])
    return server


def _id_token(code: _Code, issuer: str, told: dict[str, Any], keys: dict[str, Any]) -> str:
    """Who it was, signed; or a lie, where the test asks for one."""
    from joserfc import jws, jwt
    from joserfc.jwk import OctKey

    now, fault = int(time.time()), told.get("fault", "")
    claims = {
        "iss": issuer,
        "sub": told["person"],
        "aud": told["client"],
        "iat": now,
        "exp": now + 300,
        "nonce": code.nonce,
        **told.get("claims", {}),
        **_FAULTS.get(fault, {}),
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    kind = {"none": "none", "hmac": "HS256"}.get(fault, "RS256")
    public = json.dumps(keys["own"].as_dict(private=False)).encode()
    key = {"key": keys["another"], "hmac": OctKey.import_key(public)}.get(fault, keys["own"])
    registry = jws.JWSRegistry(algorithms=["RS256", "HS256", "none"])
    return jwt.encode({"alg": kind, "kid": "1"}, claims, key, registry=registry)


class _Client:
    """The one client that there is."""

    def __init__(self, name: str, secret: str) -> None:
        self.client_id, self._secret = name, secret

    def get_client_id(self) -> str:
        return self.client_id

    def check_client_secret(self, secret: str) -> bool:
        return secret == self._secret

    def check_redirect_uri(self, uri: str) -> bool:
        return uri.endswith("/quan-tri/dang-nhap/he-thong-chung/ve")

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def get_allowed_scope(self, scope: str) -> str:
        return scope


class _Code:
    """A code that was given out, and what it was given out for."""

    def __init__(self, request: Any, person: str) -> None:
        told = request.payload.data
        self.user, self.nonce = person, told.get("nonce")
        self._aim = told.get("redirect_uri")
        self._scope = told.get("scope", "")
        self.code_challenge = told.get("code_challenge")
        self.code_challenge_method = told.get("code_challenge_method")

    def get_redirect_uri(self) -> Any:
        return self._aim

    def get_scope(self) -> Any:
        return self._scope


if __name__ == "__main__":
    _serve(json.loads(sys.argv[1]))
