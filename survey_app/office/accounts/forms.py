"""Forms of accounts. Lengths are looked at where the words for them are."""

from __future__ import annotations

from wtforms import PasswordField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from survey_app.office.pieces.forms import Form
from survey_app.permissions import ROLES

_NAME = Length(max=64)
_PASSWORD = Length(max=1000)  # longer ones than are taken are told so
_CODE = Length(max=100)
_CODE_OF_INDEX = r"^[^\s,;]{0,32}$"


class SignIn(Form):
    """Name and password."""

    name = StringField(validators=[InputRequired(), _NAME])
    password = PasswordField(validators=[InputRequired(), _PASSWORD])


class Code(Form):
    """A code of the phone, or one on paper."""

    code = StringField(validators=[InputRequired(), _CODE])


class SetUp(Form):
    """The first account: the code that the server printed, a name, a password."""

    code = StringField(validators=[InputRequired(), _CODE])
    name = StringField(validators=[InputRequired(), _NAME, Regexp(r"^\s*\S")])
    password = PasswordField(validators=[InputRequired(), _PASSWORD])
    again = PasswordField(validators=[InputRequired(), _PASSWORD])


class NewPassword(Form):
    """The password as it is, and the new one twice."""

    current = PasswordField(validators=[_PASSWORD])
    password = PasswordField(validators=[InputRequired(), _PASSWORD])
    again = PasswordField(validators=[InputRequired(), _PASSWORD])


class Phone(Form):
    """The first code of a phone, and the password of who sets it up."""

    code = StringField(validators=[InputRequired(), _CODE])
    current = PasswordField(validators=[_PASSWORD])


class Again(Form):
    """The password once more, before something that protects the account is changed."""

    current = PasswordField(validators=[InputRequired(), _PASSWORD])


class Rights(Form):
    """What an account may do, and about what."""

    roles = SelectMultipleField(choices=list(ROLES), validators=[InputRequired()])
    unit = StringField(
        validators=[Regexp(_CODE_OF_INDEX)], filters=[lambda text: (text or "").strip()]
    )
    fields = StringField(validators=[Length(max=400)])
    subject = StringField(validators=[Length(max=255)], filters=[lambda text: (text or "").strip()])


class NewAccount(Rights):
    """A name, and what it may do."""

    name = StringField(validators=[InputRequired(), _NAME, Regexp(r"^\s*\S")])
