from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    name = "lonja.office"
    verbose_name = "Oficina"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from lonja.office import checklist, history, permissions
        from lonja.office import signals as listeners
        from lonja.office.actions.schedules import make_default_calendar
        from lonja.office.hooks import on_company_created
        from lonja.ui.registry import nav, settings_section

        listeners.connect(user_logged_in)
        history.declare()
        nav("", _("Inicio"), "office:home", "home", None, 0)
        nav("bottom", _("Configuración"), "office:settings", "settings", None, 100)
        admin, people = permissions.SETTINGS, permissions.MEMBERS
        hours, away = permissions.SCHEDULES, permissions.ABSENCES
        on_company_created(make_default_calendar)
        sections = (
            ("empresa", _("Datos de la empresa"), "company", "building", admin, 10),
            ("marca", _("Marca"), "brand", "palette", admin, 11),
            ("cobro", _("Cómo cobras"), "payment", "credit-card", admin, 12),
            ("empresas", _("Empresas que emiten"), "companies", "buildings", admin, 13),
            ("horarios", _("Horarios y festivos"), "calendars", "clock-hour-4", hours, 14),
            ("usuarios", _("Usuarios"), "members", "users", people, 60),
            ("roles", _("Roles y permisos"), "roles", "shield-check", people, 61),
            ("departamentos", _("Departamentos"), "departments", "users-group", hours, 61),
            ("ausencias", _("Ausencias"), "absences", "beach", away, 61),
            ("mi-cuenta", _("Mi cuenta"), "profile", "user", None, 62),
        )
        for slug, label, name, icon, permission, order in sections:
            group = _("Empresa") if order < 20 else _("Personas")
            settings_section(group, slug, label, f"office:{name}", icon, permission, order)
        checklist.register(
            10,
            _("Pon los datos de tu empresa"),
            _has_company,
            "office:start",
            icon="building",
            permission=admin,
        )
        checklist.register(
            20,
            _("Sube tu logo y elige tu color"),
            _has_logo,
            "office:brand",
            icon="palette",
            permission=admin,
        )
        checklist.register(
            30,
            _("Di cómo cobras: tu IBAN"),
            _has_iban,
            "office:payment",
            icon="credit-card",
            permission=admin,
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
