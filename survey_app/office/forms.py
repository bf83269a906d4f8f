"""Forms of the office. Every one carries the token that shows it was sent from our own page."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import MultipleFileField
from wtforms.validators import InputRequired


class Confirm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Nothing but a button: doing what the page said."""


class Upload(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """One file or several, from the analyst's machine."""

    files = MultipleFileField(validators=[InputRequired()])
