"""Signing in by an identity provider (OpenID Connect): code flow with state, nonce and PKCE.

Whom the provider names has to be linked to an account by an administrator: none is made here. It
takes the place of the password only, unless the provider says that it asked a second factor too.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask, current_app, redirect, session, url_for
from flask.typing import ResponseReturnValue

from survey_app.office.accounts.coming_in import aim, come_in, sign_in_page
from survey_app.office.blueprint import blueprint
from survey_app.office.page import words
from survey_app.settings import Provider
from survey_app.store.identity import accounts
from survey_app.store.log import audit
from survey_app.web import House, house, leave_for

_log = logging.getLogger(__name__)

_NAME = "provider"
_PATIENCE = 5.0
"""Seconds for which the provider may keep a thread waiting."""

_SIGNATURES = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"})
"""How a token may be signed: by the provider's private key and nothing else."""

_AIM = "aim"


class _Refused(Exception):
    """What the provider sent cannot be believed."""


@blueprint.get("/dang-nhap/he-thong-chung")
def provider() -> ResponseReturnValue:
    """Send the browser to the provider, with what only this browser can bring back."""
    asked = house().settings.sign_in.provider
    if asked is None:
        return redirect(url_for("office.sign_in"))
    try:
        to = _client(current_app, asked).authorize_redirect(_way_back(house()))
    except Exception as error:  # noqa: BLE001 - whatever a foreign server makes of it
        return _failed(house(), error)
    session[_AIM] = aim()
    return leave_for(to.location)


@blueprint.get("/dang-nhap/he-thong-chung/ve")
def provider_back() -> ResponseReturnValue:
    """Take the browser back, with the code of the provider, and look whom it names."""
    asked = house().settings.sign_in.provider
    if asked is None:
        return redirect(url_for("office.sign_in"))
    where = session.pop(_AIM, "")
    try:
        claims = _claims(_client(current_app, asked), asked)
        subject = asked.subject(_value(claims, asked.claim))
    except Exception as error:  # noqa: BLE001 - whatever a foreign server makes of it
        return _failed(house(), error)
    with house().database.reading() as connection:
        account = accounts.of_subject(connection, subject)
    if account is None:
        _note(house(), "provider-unknown")
        return sign_in_page(words()["accounts_provider_unknown"]), 403
    has_second_factor = "mfa" in (claims.get("amr") or ())
    return come_in(
        house(), account, None, by="provider", has_second_factor=has_second_factor, where=where
    )


def _claims(client: Any, asked: Provider) -> Mapping[str, Any]:
    """What the provider's token says, once its signature, its time and its aim were looked at."""
    options = {
        "iss": {"essential": True, "value": asked.issuer},
        "aud": {"essential": True, "validate": lambda _, told: _is_for(asked.client, told)},
    }
    token = client.authorize_access_token(claims_options=options)
    claims: Mapping[str, Any] | None = token.get("userinfo")
    if claims is None:
        raise _Refused("no ID token")
    return claims


def _is_for(client: str, told: str | list[str]) -> bool:
    return told in (client, [client])


def _value(claims: Mapping[str, Any], claim: str) -> str:
    value = claims.get(claim)
    if not isinstance(value, str) or not value:
        raise _Refused(f"no claim {claim}")
    if claim == "email" and claims.get("email_verified") is not True:
        raise _Refused("an address that nobody has looked at")
    return value


def _client(app: Flask, asked: Provider) -> Any:
    """The client of this application. The provider is asked for its addresses once."""
    known = app.extensions.get("cchc.provider")
    if known is None:
        from authlib.integrations.flask_client import OAuth  # only where there is a provider

        known = OAuth(app).register(
            _NAME,
            client_id=asked.client,
            client_secret=asked.secret,
            server_metadata_url=f"{asked.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": _scope(asked.claim),
                "code_challenge_method": "S256",
                "default_timeout": _PATIENCE,
            },
        )
        known.client_cls = _without_redirects(known.client_cls)
        app.extensions["cchc.provider"] = known
    metadata = known.load_server_metadata()
    if metadata.get("issuer") != asked.issuer:
        app.extensions.pop("cchc.provider")
        raise _Refused(f"the provider calls itself {metadata.get('issuer')}")
    signs = set(metadata.get("id_token_signing_alg_values_supported") or ["RS256"])
    metadata["id_token_signing_alg_values_supported"] = sorted(signs & _SIGNATURES)
    return known


def _without_redirects(session: Any) -> Any:
    """What asks the provider, at the address that it told and at no other to which that leads."""

    def made(*args: Any, **kwargs: Any) -> Any:
        asking = session(*args, **kwargs)
        asking.max_redirects = 0
        return asking

    return made


def _scope(claim: str) -> str:
    more = {"email": " email", "preferred_username": " profile"}
    return f"openid{more.get(claim, '')}"


def _way_back(here: House) -> str:
    return f"{here.settings.public_url}{url_for('office.provider_back')}"


def _failed(here: House, error: Exception) -> ResponseReturnValue:
    """Say that it did not work, and keep why for those who run the site; never a token."""
    _log.warning("sign-in by the provider failed: %s", type(error).__name__)
    _note(here, "provider-failed", type(error).__name__)
    return sign_in_page(words()["accounts_provider_failed"]), 502


def _note(here: House, action: str, detail: str = "") -> None:
    with here.database.writing() as connection:
        audit.append(connection, "?", action, detail, here.stamp())
