from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    name = "lonja.office"
    verbose_name = "Oficina"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from lonja.office import checklist, permissions
        from lonja.office import signals as listeners
        from lonja.ui.registry import nav, settings_section

        listeners.connect(user_logged_in)
        nav("", _("Inicio"), "office:home", "home", None, 0)
        nav("bottom", _("Configuración"), "office:settings", "settings", None, 100)
        company, people = _("Empresa"), _("Personas")
        settings, members = permissions.SETTINGS, permissions.MEMBERS
        settings_section(
            company, "empresa", _("Datos de la empresa"), "office:company", "building", settings, 10
        )
        settings_section(company, "marca", _("Marca"), "office:brand", "palette", settings, 11)
        settings_section(
            company, "cobro", _("Cómo cobras"), "office:payment", "credit-card", settings, 12
        )
        settings_section(
            company,
            "empresas",
            _("Empresas que emiten"),
            "office:companies",
            "buildings",
            settings,
            13,
        )
        settings_section(people, "usuarios", _("Usuarios"), "office:members", "users", members, 60)
        settings_section(
            people, "roles", _("Roles y permisos"), "office:roles", "shield-check", members, 61
        )
        settings_section(people, "mi-cuenta", _("Mi cuenta"), "office:profile", "user", None, 62)

        checklist.register(
            10,
            _("Pon los datos de tu empresa"),
            _has_company,
            "office:start",
            icon="building",
            permission=settings,
        )
        checklist.register(
            20,
            _("Sube tu logo y elige tu color"),
            _has_logo,
            "office:brand",
            icon="palette",
            permission=settings,
        )
        checklist.register(
            30,
            _("Di cómo cobras: tu IBAN"),
            _has_iban,
            "office:payment",
            icon="credit-card",
            permission=settings,
        )
        checklist.register(
            40,
            _("Conecta tu correo para enviar facturas"),
            _has_mail,
            "mail:server",
            icon="mail",
            permission="mail.settings",
        )


def _has_company(member, company) -> bool:
    return company is not None and bool(company.address and company.postcode)


def _has_logo(member, company) -> bool:
    return company is not None and company.logo_id is not None


def _has_iban(member, company) -> bool:
    return company is not None and bool(company.iban)


def _has_mail(member, company) -> bool:
    from lonja.mail.sending import server_in_use

    return server_in_use() is not None
