"""Passkeys (WebAuthn): coming in without password nor code, and keeping the list of one's keys.

allauth's views with our templates. A passkey is only taken when the device asks for its PIN or
fingerprint (user verification): by itself it is then two factors (R33).
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import Login as LoginAttempt
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth, flows
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _

from lonja.office.forms import account as forms
from lonja.office.views.account import REFUSED_KEY, safe_next


class PasskeyLogin(webauthn.LoginWebAuthnView):
    """A post without credential answers with what the browser has to sign; with it, comes in."""

    form_class = forms.PasskeyLoginForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("account_login"))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.POST.get("credential"):
            return JsonResponse(auth.begin_authentication())
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        key = form.cleaned_data["credential"]
        attempt = LoginAttempt(user=key.user, redirect_url=safe_next(self.request, "") or None)
        return flows.perform_passwordless_login(self.request, key, attempt)

    def form_invalid(self, form: Any) -> HttpResponse:
        context = {
            "form": forms.LoginForm(request=self.request),
            "passkey_problem": _(
                "Esa llave no abre ninguna cuenta de aquí. Entra con tu correo y tu contraseña."
            ),
            "is_error": True,
        }
        return render(self.request, "office/account/login.html", context, status=422)


class PasskeyNew(webauthn.AddWebAuthnView):
    template_name = "office/account/passkey_new.html"
    form_class = forms.PasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        # allauth asks for a key of any kind; here only those that verify the person.
        context["options"] = auth.begin_registration(self.request.user, passwordless=True)
        return context | kwargs

    def form_invalid(self, form: Any) -> HttpResponse:
        context = self.get_context_data(form=form, passkey_problem=REFUSED_KEY, is_error=True)
        return self.render_to_response(context, status=422)


class PasskeyName(webauthn.EditWebAuthnView):
    template_name = "office/account/passkey_name.html"
    form_class = forms.PasskeyNameForm
    success_url = reverse_lazy("mfa_index")

    def form_invalid(self, form: Any) -> HttpResponse:
        context = self.get_context_data(form=form, is_error=True)
        return self.render_to_response(context, status=422)


class PasskeyRemove(webauthn.RemoveWebAuthnView):
    template_name = "office/account/passkey_remove.html"
    success_url = reverse_lazy("mfa_index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = Authenticator.objects.filter(user_id=self.request.user.pk)
        others = mine.exclude(pk=self.object.pk).exclude(type=Authenticator.Type.RECOVERY_CODES)
        context = super().get_context_data(**kwargs)
        return context | {"passkey": self.object.wrap(), "is_last": not others.exists()}


class ReauthenticatePasskey(webauthn.ReauthenticateWebAuthnView):
    template_name = "office/account/reauthenticate_passkey.html"
    form_class = forms.ReauthenticatePasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"options": context["js_data"]["request_options"]} | kwargs

    def form_invalid(self, form: Any) -> HttpResponse:
        context = self.get_context_data(form=form, passkey_problem=REFUSED_KEY, is_error=True)
        return self.render_to_response(context, status=422)
