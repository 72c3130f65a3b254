from django.urls import path

from lonja.office.views import demo, home, members, search, settings, wizard

app_name = "office"
urlpatterns = [
    path("", home.home, name="home"),
    path("inicio/personalizar/", home.arrange, name="home_arrange"),
    path("ayuda/", home.help_page, name="help"),
    path("buscar/", search.search, name="search"),
    path("inicio-rapido/", wizard.start, name="start"),
    path("inicio-rapido/<int:number>/", wizard.step, name="start_step"),
    path("empresas/<int:pk>/uso/", settings.choose_company, name="choose_company"),
    path("configuracion/", settings.index, name="settings"),
    path("configuracion/empresa/", settings.company, name="company"),
    path("configuracion/empresa/nif/", settings.check_nif, name="check_nif"),
    path("configuracion/empresas/", settings.companies, name="companies"),
    path("configuracion/cobro/", settings.payment, name="payment"),
    path("configuracion/marca/", settings.brand, name="brand"),
    path("configuracion/marca/muestra/", settings.brand_preview, name="brand_preview"),
    path("configuracion/marca/papel/", settings.brand_paper, name="brand_paper"),
    path("configuracion/marca/logo/", settings.logo, name="logo"),
    path("configuracion/datos-de-prueba/", demo.demo_remove, name="demo_remove"),
    path("configuracion/mi-cuenta/", settings.profile, name="profile"),
    path("configuracion/usuarios/", members.member_list, name="members"),
    path("configuracion/usuarios/roles/", members.roles, name="roles"),
    path("configuracion/usuarios/acceso/", members.policy, name="access_policy"),
    path("configuracion/usuarios/invitacion/", members.invite, name="invite"),
    path("configuracion/usuarios/invitacion/<int:pk>/anulacion/", members.revoke, name="revoke"),
    path("configuracion/usuarios/<int:pk>/", members.member, name="member"),
    path("configuracion/usuarios/<int:pk>/baja/", members.deactivate, name="member_deactivate"),
    path(
        "configuracion/usuarios/<int:pk>/segundo-factor/",
        members.reset_second_factor,
        name="member_reset_factor",
    ),
    path("configuracion/usuarios/<int:pk>/alta/", members.reactivate, name="member_reactivate"),
]
