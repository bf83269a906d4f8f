"""Forms of the office. Every one carries the token that shows it was sent from our own page."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import MultipleFileField, PasswordField, StringField
from wtforms.validators import InputRequired, Length


class Confirm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Nothing but a button: doing what the page said."""


class Upload(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """One file or several, from the analyst's machine."""

    files = MultipleFileField(validators=[InputRequired()])


class SignIn(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Name and password."""

    name = StringField(validators=[InputRequired(), Length(max=64)])
    password = PasswordField(validators=[InputRequired(), Length(max=200)])
