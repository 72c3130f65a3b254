from django.urls import path

from lonja.office.views import home, members, notices, schedules, search, settings, teams, wizard

app_name = "office"
urlpatterns = [
    path("", home.home, name="home"),
    path("inicio/personalizar/", home.arrange, name="home_arrange"),
    path("avisos/", notices.notices, name="notices"),
    path("avisos/numero/", notices.count, name="notices_count"),
    path("avisos/ultimos/", notices.last, name="notices_last"),
    path("avisos/leidos/", notices.read_all, name="notices_read"),
    path("avisos/<int:pk>/", notices.follow, name="notice"),
    path("ayuda/", home.help_page, name="help"),
    path("buscar/", search.search, name="search"),
    path("inicio-rapido/", wizard.start, name="start"),
    path("inicio-rapido/<int:number>/", wizard.step, name="start_step"),
    path("empresas/<int:pk>/uso/", settings.choose_company, name="choose_company"),
    path("configuracion/", settings.index, name="settings"),
    path("configuracion/empresa/", settings.company, name="company"),
    path("configuracion/empresa/nif/", settings.check_nif, name="check_nif"),
    path("configuracion/empresas/", settings.companies, name="companies"),
    path("configuracion/horarios/", schedules.calendar_list, name="calendars"),
    path("configuracion/horarios/nuevo/", schedules.calendar_new, name="calendar_new"),
    path("configuracion/horarios/<int:pk>/", schedules.calendar, name="calendar"),
    path("configuracion/horarios/<int:pk>/ano/", schedules.calendar_year, name="calendar_year"),
    path("configuracion/horarios/<int:pk>/periodos/nuevo/", schedules.period, name="period_new"),
    path(
        "configuracion/horarios/<int:pk>/periodos/<int:position>/", schedules.period, name="period"
    ),
    path(
        "configuracion/horarios/<int:pk>/periodos/<int:position>/retirada/",
        schedules.period_drop,
        name="period_drop",
    ),
    path("configuracion/horarios/<int:pk>/festivos/", schedules.holiday_add, name="holiday_add"),
    path("configuracion/horarios/<int:pk>/aperturas/", schedules.open_day_add, name="open_day_add"),
    path("configuracion/horarios/<int:pk>/dias/retirada/", schedules.day_drop, name="day_drop"),
    path(
        "configuracion/horarios/<int:pk>/general/",
        schedules.calendar_default,
        name="calendar_default",
    ),
    path(
        "configuracion/horarios/<int:pk>/baja/",
        schedules.calendar_deactivate,
        name="calendar_deactivate",
    ),
    path(
        "configuracion/horarios/<int:pk>/alta/",
        schedules.calendar_reactivate,
        name="calendar_reactivate",
    ),
    path("configuracion/departamentos/", teams.department_list, name="departments"),
    path("configuracion/departamentos/nuevo/", teams.department_new, name="department_new"),
    path("configuracion/departamentos/<int:pk>/", teams.department, name="department"),
    path(
        "configuracion/departamentos/<int:pk>/baja/",
        teams.department_deactivate,
        name="department_deactivate",
    ),
    path(
        "configuracion/departamentos/<int:pk>/alta/",
        teams.department_reactivate,
        name="department_reactivate",
    ),
    path("configuracion/ausencias/", teams.absence_list, name="absences"),
    path("configuracion/ausencias/nueva/", teams.absence_new, name="absence_new"),
    path("configuracion/ausencias/<int:pk>/", teams.absence, name="absence"),
    path(
        "configuracion/ausencias/<int:pk>/anulacion/", teams.absence_cancel, name="absence_cancel"
    ),
    path("configuracion/cobro/", settings.payment, name="payment"),
    path("configuracion/marca/", settings.brand, name="brand"),
    path("configuracion/marca/muestra/", settings.brand_preview, name="brand_preview"),
    path("configuracion/marca/papel/", settings.brand_paper, name="brand_paper"),
    path("configuracion/marca/logo/", settings.logo, name="logo"),
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
