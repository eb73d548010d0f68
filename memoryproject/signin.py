"""Signing in and out by password, for the pages of the API."""

from typing import Any

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from accounts.api.formats import PAGE_POLICY
from accounts.errors import OverQuota
from accounts.services.people import attempt_spend, may_browse


class PersonForm(AuthenticationForm):
    """Name and password of somebody who may browse the API. Counts attempts before it looks at the password."""

    def clean(self) -> dict[str, Any]:
        """The cleaned fields. Raises ValidationError, the same for a wrong name and a wrong password."""
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        try:
            attempt_spend(address=address, name=self.cleaned_data.get("username", ""))
        except OverQuota as error:
            raise ValidationError(error.message, code="over_quota") from error
        return super().clean()

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse people who could not use the session anyway, with the words for a wrong password."""
        super().confirm_login_allowed(user)
        if not may_browse(user):
            raise self.get_invalid_login_error()


class SignIn(views.LoginView):
    """The sign-in page."""

    template_name = "people/sign_in.html"
    authentication_form = PersonForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As Django, with our policy of content."""
        response = super().dispatch(request, *args, **kwargs)
        response["Content-Security-Policy"] = PAGE_POLICY
        return response


app_name = "rest_framework"  # the browsable API's pages link to these names
urlpatterns = [
    path("login", SignIn.as_view(), name="login"),
    path("logout", views.LogoutView.as_view(), name="logout"),
]
