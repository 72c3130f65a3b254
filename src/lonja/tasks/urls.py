from django.urls import path

from lonja.tasks import agenda_urls
from lonja.tasks.tables import TaskTable
from lonja.tasks.views import automation, bulk, config, edit, options, panels, task
from lonja.ui.tables import list_urls

app_name = "tasks"

# The list keeps its page; its actions are our own, because each is a job.
_list_page = list_urls("tareas/buscar/", TaskTable, name="search")[0]
_CELL = "configuracion/tareas/casilla/<int:reason_pk>/<int:state_pk>/"

urlpatterns = [
    _list_page,
    path("tareas/buscar/acciones/", bulk.actions, name="search_bulk"),
    path("tareas/trabajos/<int:pk>/", bulk.job, name="job"),
    path("tareas/nueva/", edit.task_new, name="task_new"),
    path("tareas/gestor/", edit.manager, name="manager"),
    path("tareas/personas/", options.managers, name="manager_options"),
    path("tareas/clientes/", options.party_options, name="party_options"),
    path("tareas/opciones/", options.task_options, name="task_options"),
    path("tareas/mias/", panels.home_card, name="home_card"),
    path("tareas/cliente/<int:party_id>/", panels.client_tab, name="client_tab"),
    path("tareas/de/<str:type>/<int:pk>/", panels.document, name="document"),
    path("tareas/<int:pk>/", task.task, name="task"),
    path("tareas/<int:pk>/edicion/", edit.task_edit, name="task_edit"),
    path("tareas/<int:pk>/estado/", task.state, name="state"),
    path("tareas/<int:pk>/cierre/", task.complete, name="complete"),
    path("tareas/<int:pk>/gestor/", task.reassign, name="reassign"),
    path("tareas/<int:pk>/gestor/cambio/", task.reassign_ask, name="reassign_ask"),
    path("tareas/<int:pk>/vencimiento/", task.due, name="due"),
    path("tareas/<int:pk>/vencimiento/cambio/", task.due_ask, name="due_ask"),
    path("tareas/<int:pk>/comentarios/", task.comment, name="comment"),
    path("tareas/<int:pk>/pasos/", task.step_new, name="step_new"),
    path("tareas/<int:pk>/pasos/<int:step_pk>/", task.step, name="step"),
    path("tareas/<int:pk>/adjuntos/", task.attach, name="attach"),
    path("tareas/<int:pk>/adjuntos/<int:attachment_pk>/", task.attachment, name="attachment"),
    path("tareas/<int:pk>/adjuntos/<int:attachment_pk>/quitar/", task.detach, name="detach"),
    path("tareas/<int:pk>/seguidores/", task.follow, name="follow"),
    path("tareas/<int:pk>/seguidores/nuevo/", task.follow_ask, name="follow_ask"),
    path("tareas/<int:pk>/relaciones/", task.relate, name="relate"),
    path("tareas/<int:pk>/relaciones/nueva/", task.relate_ask, name="relate_ask"),
    path("tareas/<int:pk>/relaciones/<int:relation_pk>/", task.unrelate, name="unrelate"),
    path("configuracion/tareas/", config.reasons, name="reasons"),
    path("configuracion/tareas/inicio/", config.starters, name="starters"),
    path("configuracion/tareas/motivos/nuevo/", config.reason_new, name="reason_new"),
    path("configuracion/tareas/motivos/<int:pk>/", config.reason_edit, name="reason_edit"),
    path("configuracion/tareas/motivos/<int:pk>/copia/", config.reason_copy, name="reason_copy"),
    path("configuracion/tareas/motivos/<int:pk>/uso/", config.reason_switch, name="reason_switch"),
    path("configuracion/tareas/estados/nuevo/", config.state_new, name="state_new"),
    path("configuracion/tareas/estados/<int:pk>/", config.state_edit, name="state_edit"),
    path("configuracion/tareas/estados/<int:pk>/uso/", config.state_switch, name="state_switch"),
    path(_CELL, config.cell, name="cell"),
    path(f"{_CELL}quitar/", config.cell_drop, name="cell_drop"),
    path(f"{_CELL}simulacion/", config.simulate, name="simulate"),
    path("configuracion/reglas/", automation.rules, name="rules"),
    path("configuracion/reglas/nueva/", automation.rule_new, name="rule_new"),
    path("configuracion/reglas/<int:pk>/", automation.rule, name="rule"),
    path("configuracion/reglas/<int:pk>/prueba/", automation.rule_try, name="rule_try"),
    path("configuracion/reglas/<int:pk>/marcha/", automation.rule_switch, name="rule_switch"),
    path("configuracion/reglas/<int:pk>/retirada/", automation.rule_drop, name="rule_drop"),
    *agenda_urls.urlpatterns,
]
