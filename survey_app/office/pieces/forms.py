"""Forms of the office. Every one carries the token that shows it was sent from our own page."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import MultipleFileField
from wtforms.validators import InputRequired


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """What every form of the office is: it carries the token of our own page."""


class Confirm(Form):
    """Nothing but a button: doing what the page said."""


class Upload(Form):
    """One file or several, from the analyst's machine."""

    files = MultipleFileField(validators=[InputRequired()])
