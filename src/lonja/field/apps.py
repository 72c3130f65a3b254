from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FieldConfig(AppConfig):
    name = "lonja.field"
    verbose_name = "Campo"

    def ready(self) -> None:
        from lonja.activity.labels import describe
        from lonja.field import jobs, permissions
        from lonja.jobs import every
        from lonja.ui import registry

        registry.nav("Ventas", _("Campo"), "field:home", "device-mobile", permissions.USE, order=45)
        registry.settings_section(
            _("Ventas"),
            "dispositivos",
            _("Dispositivos de campo"),
            "field:devices",
            "device-mobile",
            permissions.USE,
            70,
        )
        every("field.forget", minutes=24 * 60, task=jobs.forget)
        describe("field.device_added", _("empezó a usar «%(name)s» en la calle"), "device-mobile")
        describe("field.device_revoked", _("revocó «%(name)s»"), "device-mobile-off")
        describe("field.device_allowed", _("volvió a permitir «%(name)s»"), "device-mobile")
        describe(
            "field.delivered",
            _("lo hizo en la calle con «%(device)s» (provisional %(reference)s)"),
            "device-mobile",
        )
        describe(
            "field.signature_kept",
            _("guardó la firma de %(signer)s, que hay que repetir (provisional %(reference)s)"),
            "signature",
        )
        describe("field.discarded", _("descartó el provisional %(reference)s"), "trash")
