"""Pages without an organisation in their path."""

from django.urls import path, re_path

from lonja.office.views import account, entry, passkeys

urlpatterns = [
    path("", entry.root, name="office_root"),
    path("organizaciones/", entry.organisations, name="office_organisations"),
    path("organizaciones/nueva/", entry.organisation_new, name="office_organisation_new"),
    path("instalacion/<str:token>/", entry.setup, name="office_setup"),
    path("invitacion/<str:token>/", entry.invitation, name="office_invitation"),
    # The names below are the ones django-allauth asks for.
    path("cuenta/idioma/", entry.language, name="office_language"),
    path("cuenta/entrar/", account.Login.as_view(), name="account_login"),
    path("cuenta/salir/", account.Logout.as_view(), name="account_logout"),
    path("cuenta/desactivada/", account.Inactive.as_view(), name="account_inactive"),
    path("cuenta/confirmar/", account.Reauthenticate.as_view(), name="account_reauthenticate"),
    path("cuenta/contrasena/", account.PasswordChange.as_view(), name="account_change_password"),
    path(
        "cuenta/contrasena/recuperar/",
        account.PasswordReset.as_view(),
        name="account_reset_password",
    ),
    path(
        "cuenta/contrasena/recuperar/enviado/",
        account.PasswordResetDone.as_view(),
        name="account_reset_password_done",
    ),
    path(
        "cuenta/contrasena/nueva/hecho/",
        account.PasswordResetFromKeyDone.as_view(),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^cuenta/contrasena/nueva/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.PasswordResetFromKey.as_view(),
        name="account_reset_password_from_key",
    ),
    path("cuenta/segundo-factor/", account.SecondFactor.as_view(), name="mfa_index"),
    path(
        "cuenta/segundo-factor/aviso/",
        account.second_factor_notice,
        name="office_second_factor",
    ),
    path("cuenta/segundo-factor/codigo/", account.Code.as_view(), name="mfa_authenticate"),
    path(
        "cuenta/segundo-factor/confirmar/",
        account.ReauthenticateCode.as_view(),
        name="mfa_reauthenticate",
    ),
    path("cuenta/segundo-factor/activar/", account.Activate.as_view(), name="mfa_activate_totp"),
    path(
        "cuenta/segundo-factor/desactivar/",
        account.Deactivate.as_view(),
        name="mfa_deactivate_totp",
    ),
    path("cuenta/llave/", passkeys.PasskeyLogin.as_view(), name="mfa_login_webauthn"),
    path("cuenta/llaves/nueva/", passkeys.PasskeyNew.as_view(), name="mfa_add_webauthn"),
    path(
        "cuenta/llaves/confirmar/",
        passkeys.ReauthenticatePasskey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "cuenta/llaves/<int:pk>/nombre/", passkeys.PasskeyName.as_view(), name="mfa_edit_webauthn"
    ),
    path(
        "cuenta/llaves/<int:pk>/quitar/",
        passkeys.PasskeyRemove.as_view(),
        name="mfa_remove_webauthn",
    ),
    path(
        "cuenta/segundo-factor/codigos/",
        account.RecoveryCodes.as_view(),
        name="mfa_view_recovery_codes",
    ),
    path(
        "cuenta/segundo-factor/codigos/nuevos/",
        account.NewRecoveryCodes.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "cuenta/segundo-factor/codigos/descargar/",
        account.DownloadRecoveryCodes.as_view(),
        name="mfa_download_recovery_codes",
    ),
]
