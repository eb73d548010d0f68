"""The addresses of pages for people."""

from django.urls import include, path
from django.views.generic import RedirectView

from console.signin import account, views
from console.site import site

# The browsable API's own pages link to rest_framework:login and :logout.
browsable = (
    [path("login", views.password, name="login"), path("logout", views.leave, name="logout")],
    "rest_framework",
)

urlpatterns = [
    path("login", views.password, name="login"),
    path("login/code", views.code, name="login-code"),
    path("login/enrol", views.enrol, name="login-enrol"),
    path("login/verify", views.verify, name="login-verify"),
    path("login/forgot", account.forgot, name="login-forgot"),
    path("login/link/<str:token>", account.link, name="login-link"),
    path("logout", views.leave, name="logout"),
    path("account", account.overview, name="account"),
    path("account/sessions", account.end_sessions, name="account-sessions"),
    path("account/password", account.change_password, name="account-password"),
    path("account/codes", account.new_codes, name="account-codes"),
    path("account/authenticator", account.new_authenticator, name="account-authenticator"),
    path("", include(browsable)),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", site.urls),
]
