"""Signing in and out by password, for the pages of the API."""

from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.attempts import attempt_spend
from accounts.errors import OverQuota
from accounts.services.people import may_browse
from memoryproject.refusals import over_quota


class PersonForm(AuthenticationForm):
    """Name and password of somebody who may browse the API."""

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse people who could not use the session anyway, with the words for a wrong password."""
        super().confirm_login_allowed(user)
        if not may_browse(user):
            raise self.get_invalid_login_error()


class SignIn(views.LoginView):
    """The sign-in page."""

    template_name = "people/sign_in.html"
    authentication_form = PersonForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign in; too many attempts of an address, or on a name, are refused before the password is looked at."""
        most = settings.SIGN_INS_PER_MINUTE
        try:
            attempt_spend(request, what="signing in", per_minute=most)
            attempt_spend(request, what="signing in", per_minute=most, name=request.POST.get("username", ""))
        except OverQuota as error:
            return over_quota(request, error)
        return super().post(request, *args, **kwargs)


app_name = "rest_framework"  # the browsable API's pages link to these names
urlpatterns = [
    path("login", SignIn.as_view(), name="login"),
    path("logout", views.LogoutView.as_view(), name="logout"),
]
