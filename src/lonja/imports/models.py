"""An import and what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import OrganisationModel, ScopedManager, ScopedQuerySet

if TYPE_CHECKING:
    from lonja.accounts.models import Membership
    from lonja.imports.importer import Importer


class ImportRunQuerySet(ScopedQuerySet):
    def visible_to(self, member: Membership) -> Self:
        """The file holds other people's clients: a hierarchical member sees only its own."""
        if member.sees_only_own:
            return self.filter(by=member)
        return self


class Status(models.TextChoices):
    UPLOADED = "uploaded", _("Sin revisar")
    CHECKING = "checking", _("Revisando")
    CHECKED = "checked", _("Revisado")
    IMPORTING = "importing", _("Importando")
    DONE = "done", _("Importado")
    FAILED = "failed", _("No se pudo leer")


class ImportRun(OrganisationModel):
    """A file on its way in. `offset` is the number of the last row whose batch is committed
    (checked or imported, by the status); counts are of rows."""

    kind = models.CharField(max_length=20)
    file = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(_("fichero"), max_length=200)
    sheets = models.JSONField(default=list)
    sheet = models.CharField(_("hoja"), max_length=120, blank=True)
    headings = models.JSONField(default=list)
    # Column position (as text, JSON has no other keys) → field name.
    columns = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.UPLOADED)
    total = models.PositiveIntegerField(default=0)
    offset = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    noticed = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=500, blank=True)
    error_file = models.ForeignKey(
        "files.StoredFile", on_delete=models.PROTECT, null=True, related_name="+"
    )
    by = models.ForeignKey(
        "accounts.Membership", on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = ScopedManager.from_queryset(ImportRunQuerySet)()

    class Meta:
        verbose_name = _("importación")
        indexes = [models.Index(fields=["organisation", "-id"], name="import_recent")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def importer(self) -> type[Importer]:
        from lonja.imports.registry import importer_of

        return importer_of(self.kind)

    @property
    def field_of(self) -> dict[int, str]:
        """Column position → field name."""
        return {int(position): name for position, name in self.columns.items()}

    @property
    def correct(self) -> int:
        """Rows that go in (or went in)."""
        return self.created + self.updated + self.unchanged

    @property
    def read(self) -> int:
        return self.correct + self.refused

    @property
    def is_working(self) -> bool:
        return self.status in (Status.CHECKING, Status.IMPORTING)

    def begin(self, status: Status) -> None:
        """Zero the counts for another pass over the file (unsaved)."""
        self.status = status
        self.offset = self.created = self.updated = self.unchanged = 0
        self.refused = self.noticed = 0
        self.failure = ""


class ImportIssue(OrganisationModel):
    """An error or a notice of one row."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="issues")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=200)
    value = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    message = models.CharField(max_length=400)
    is_error = models.BooleanField()

    class Meta:
        verbose_name = _("problema de una importación")
        indexes = [
            models.Index(
                fields=["organisation", "run", "is_error", "row", "id"], name="import_issue_row"
            )
        ]

    def __str__(self) -> str:
        return f"{self.row}: {self.code}"

    def as_dict(self) -> dict[str, Any]:
        """As `lonja import --json` prints it; `why` is the code under the name of the samples."""
        return {
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "why": self.code,
            "reason": self.code,
            "message": self.message,
        }


class ColumnMemory(OrganisationModel):
    """What the organisation said last time about the headings of a kind of list."""

    kind = models.CharField(max_length=20)
    columns = models.JSONField(default=dict)  # folded heading → field name, "" = leave out

    class Meta:
        verbose_name = _("columnas recordadas")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind"], name="column_memory_once")
        ]

    def __str__(self) -> str:
        return self.kind
