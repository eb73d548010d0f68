"""What people type when they sign in."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from accounts.services.people import may_sign_in

LOCKED_OUT = "Too many wrong attempts with this name from here. Try again in 15 minutes."


class PasswordForm(AuthenticationForm):
    """Name and password."""

    def clean(self) -> dict[str, Any]:
        """The cleaned fields. Raises ValidationError, the same for a wrong name and a wrong password."""
        try:
            return super().clean()
        except ValidationError as error:
            if getattr(self.request, "axes_locked_out", False):
                raise ValidationError(LOCKED_OUT, code="locked_out") from error
            raise

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse people who could not use the session anyway, with the words for a wrong password."""
        super().confirm_login_allowed(user)
        if not may_sign_in(user):
            raise self.get_invalid_login_error()


class CodeForm(forms.Form):
    """A code of the app, or a recovery code."""

    code = forms.CharField(max_length=32)


class NameForm(forms.Form):
    """Who forgot their password."""

    name = forms.CharField(max_length=254)


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    password = forms.CharField(max_length=1024, strip=False)
    again = forms.CharField(max_length=1024, strip=False)

    def clean(self) -> dict[str, Any]:
        """The fields. Raises ValidationError when the two differ."""
        fields: dict[str, Any] = super().clean() or {}
        if fields.get("password") != fields.get("again"):
            raise ValidationError("The two passwords differ.")
        return fields


class NewAccountForm(NewPasswordForm):
    """A name and a new password."""

    name = forms.CharField(max_length=150)


class ChangePasswordForm(NewPasswordForm):
    """The former password, then the new one."""

    former = forms.CharField(max_length=1024, strip=False)
