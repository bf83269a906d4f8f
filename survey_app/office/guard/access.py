"""Which permission each page of the office asks for, and who is turned away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app.office.blueprint import blueprint
from survey_app.office.guard import turning_away
from survey_app.office.guard.login import COMING_IN
from survey_app.office.page import problem_page
from survey_app.permissions import PERMISSIONS
from survey_app.watching import attempts

View = TypeVar("View", bound=Callable[..., Any])

OPEN = COMING_IN | {
    "office.accounts_code",
    "office.sign_out",
    "office.static",
    "office.waves",
}
"""What needs no permission: coming in, leaving, the style sheet, and the page one comes to."""


_NAMED: dict[Callable[..., Any], tuple[str, Mapping[str, str]]] = {}
"""View -> the part of its address that decides, and by its value the permission asked for."""


def needs(permission: str | Mapping[str, str], by: str = "") -> Callable[[View], View]:
    """Mark a view with the permission that it asks for: `@blueprint.get(...)` stands above it.

    Where one view does several things, `permission` says for each value of the part `by` of its
    address which it asks for.

    Raises
    ------
    KeyError
        A permission that there is not.
    """
    by_value = {"": permission} if isinstance(permission, str) else permission
    for each in by_value.values():
        PERMISSIONS[each]  # a name with a slip is found when the app starts

    def marked(view: View) -> View:
        _NAMED[view] = by, by_value
        return view

    return marked


def permission_of(endpoint: str, parts: Mapping[str, Any]) -> str | None:
    """The permission that a page asks for, by its address; None where it names none."""
    by, permissions = _NAMED.get(current_app.view_functions[endpoint], ("", {}))
    return permissions.get(str(parts[by]) if by else "")


def may_see(endpoint: str, parts: Mapping[str, Any]) -> bool:
    """Whether the account at hand may see a page, by its address."""
    permission = permission_of(endpoint, parts)
    return permission is not None and bool(current_user.may(permission))


@blueprint.before_request
def _only_permitted() -> ResponseReturnValue | None:
    """Turn away who may not see a page. A page that names no permission is nobody's."""
    if request.endpoint is None or request.endpoint in OPEN:
        return None
    if not current_user.is_authenticated:  # is led to the sign-in
        return None
    permission = permission_of(request.endpoint, request.view_args or {})
    if permission and current_user.may(permission):
        return None
    turning_away.tell(attempts.TURNED_AWAY)
    return problem_page("not_permitted"), 403
