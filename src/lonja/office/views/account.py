"""Login, password and second factor: allauth's views with our templates and forms."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lonja.office import second_factor
from lonja.office.adapter import may_mail_links
from lonja.office.forms import account as forms

REFUSED_KEY = gettext_lazy(
    "No se ha podido comprobar la llave. Prueba otra vez o usa otra forma de entrar."
)


class _Answers422:
    """A form with errors comes back as 422, so that nobody takes it for done."""

    def form_invalid(self, form: Any) -> HttpResponse:
        context = self.get_context_data(form=form, is_error=True)  # type: ignore[attr-defined]
        return self.render_to_response(context, status=422)  # type: ignore[attr-defined]


class Login(_Answers422, account.LoginView):
    template_name = "office/account/login.html"
    form_class = forms.LoginForm


class Logout(account.LogoutView):
    template_name = "office/account/logout.html"


class Inactive(account.AccountInactiveView):
    template_name = "office/account/inactive.html"


class PasswordReset(_Answers422, account.PasswordResetView):
    template_name = "office/account/password_reset.html"
    form_class = forms.ResetPasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        if not may_mail_links(self.request):
            form.add_error(
                None,
                _(
                    "No se puede enviar el enlace desde esta dirección. Quien instaló Lonja tiene "
                    "que indicar su dirección pública (LONJA_PUBLIC_URL)."
                ),
            )
            return self.form_invalid(form)
        return super().form_valid(form)


class PasswordResetDone(account.PasswordResetDoneView):
    template_name = "office/account/password_reset_done.html"


class PasswordResetFromKey(_Answers422, account.PasswordResetFromKeyView):
    template_name = "office/account/password_new.html"
    form_class = forms.ResetPasswordKeyForm


class PasswordResetFromKeyDone(account.PasswordResetFromKeyDoneView):
    template_name = "office/account/password_new_done.html"


class PasswordChange(_Answers422, account.PasswordChangeView):
    template_name = "office/account/password_change.html"
    form_class = forms.ChangePasswordForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not request.user.has_usable_password():
            return HttpResponseRedirect(reverse("account_reset_password"))
        return super().dispatch(request, *args, **kwargs)


class Reauthenticate(_Answers422, account.ReauthenticateView):
    template_name = "office/account/reauthenticate.html"
    form_class = forms.ReauthenticateForm


class ReauthenticateCode(_Answers422, mfa.ReauthenticateView):
    template_name = "office/account/reauthenticate.html"
    form_class = forms.ReauthenticateCodeForm


class Code(mfa.AuthenticateView):
    """The second step of the login."""

    template_name = "office/account/code.html"
    form_class = forms.CodeForm
    webauthn_form_class = forms.PasskeyCodeForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        types = set(
            Authenticator.objects.filter(user_id=self.stage.login.user.pk).values_list(
                "type", flat=True
            )
        )
        if Authenticator.Type.WEBAUTHN in types:
            context["passkey_options"] = context["js_data"]["request_options"]
        if Authenticator.Type.TOTP not in types:
            context["form"].fields["code"].help_text = _("Uno de tus códigos de recuperación.")
        return context | {"has_app": Authenticator.Type.TOTP in types}

    def form_invalid(self, form: Any) -> HttpResponse:
        problem = "" if form is self.auth_form else REFUSED_KEY
        more = {"is_error": True, "passkey_problem": problem}
        return self.render_to_response(self.get_context_data() | more, status=422)


class SecondFactor(mfa.IndexView):
    template_name = "office/account/second_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        codes = context["authenticators"].get("recovery_codes")
        context["codes_left"] = len(codes.get_unused_codes()) if codes else 0
        context["may_use_keys"] = second_factor.may_use_keys(self.request)
        return context


class Activate(_Answers422, totp.ActivateTOTPView):
    template_name = "office/account/activate.html"
    form_class = forms.ActivateForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret
        context["secret"] = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
        return context


class Deactivate(totp.DeactivateTOTPView):
    template_name = "office/account/deactivate.html"
    form_class = forms.DeactivateForm


class RecoveryCodes(recovery.ViewRecoveryCodesView):
    template_name = "office/account/codes.html"


class NewRecoveryCodes(_Answers422, recovery.GenerateRecoveryCodesView):
    template_name = "office/account/codes_new.html"
    form_class = forms.GenerateRecoveryCodesForm


@method_decorator(never_cache, name="dispatch")
class DownloadRecoveryCodes(recovery.DownloadRecoveryCodesView):
    template_name = "office/account/codes.txt"

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        response["Content-Disposition"] = 'attachment; filename="codigos-lonja.txt"'
        return response


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """The page asked for with `?next=`, when it is one of ours."""
    wanted = request.GET.get("next") or request.POST.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else default


@login_required
@never_cache
@require_safe
def second_factor_notice(request: HttpRequest) -> HttpResponse:
    """Asks for the second factor; it may be put off while days are left."""
    ahead = safe_next(request)
    if not second_factor.is_missing(request, request.user):
        return HttpResponseRedirect(ahead)
    context = {
        "days": second_factor.days_left(request, request.user),
        "ahead": ahead,
        "may_use_keys": second_factor.may_use_keys(request),
    }
    return render(request, "office/account/second_factor_notice.html", context)
