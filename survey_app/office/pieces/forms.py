"""Forms of the office. Every one carries the token that shows it was sent from our own page."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict
from wtforms import FileField, MultipleFileField
from wtforms.fields.choices import SelectFieldBase
from wtforms.validators import InputRequired

from survey_app.watching import attempts


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """What every form of the office is: it carries the token of our own page."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # as above
        """Where its fields come from."""

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """The words of a form: no file in their place, and no JSON, which may be anything."""
            if not (form.is_submitted() and _is_of_the_request(formdata)):
                return None if _is_of_the_request(formdata) else formdata
            if any(isinstance(field, FileField) for field in form):
                return CombinedMultiDict((request.files, request.form))
            return request.form or None

    def validate(self, *args: Any, **more: Any) -> bool:
        """Look at every field; a choice that no page offers was made up by whoever sent it."""
        for field in self:
            if isinstance(field, SelectFieldBase):
                offered = {str(choice[0]) for choice in field.iter_choices()}
                for sent in field.raw_data or ():
                    is_offered(sent, offered)
        return bool(super().validate(*args, **more))


class Confirm(Form):
    """Nothing but a button: doing what the page said."""


def _is_of_the_request(formdata: Any) -> bool:
    """Whether a form is filled in from the request at hand: nobody has said from what else."""
    return formdata is not None and not hasattr(formdata, "getlist")


def is_offered(sent: str, offered: Container[str]) -> bool:
    """Whether a value is one that the page of a form offers. One that was made up is logged.

    A field that was left blank is no attempt.
    """
    if sent in offered:
        return True
    if sent:
        attempts.note(attempts.NOT_OFFERED)
    return False


class Upload(Form):
    """One file or several, from the analyst's machine."""

    files = MultipleFileField(validators=[InputRequired()])
