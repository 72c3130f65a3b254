"""What hangs from a task: checklist, comments, attachments, relations and labels."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership, OrganisationModel
from lonja.files.models import StoredFile
from lonja.parties.models import Tag
from lonja.tasks.models.task import Task


class ChecklistItem(OrganisationModel):
    """A step of a task."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="checklist")
    text = models.CharField(_("paso"), max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("paso de una tarea")
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["organisation", "task"], name="checklist_task")]

    def __str__(self) -> str:
        return self.text


class TaskComment(OrganisationModel):
    """What a member says about a task. «@Nombre» mentions people (rows of CommentMention)."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("comentario"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    # Names of those mentioned who may not read the task; only just after writing it.
    not_told: Sequence[str] = ()

    class Meta:
        verbose_name = _("comentario de una tarea")
        indexes = [models.Index(fields=["organisation", "task", "id"], name="comment_task")]

    def __str__(self) -> str:
        return self.text[:60]


class CommentMention(OrganisationModel):
    """A member named in a comment; they follow the task from then on."""

    comment = models.ForeignKey(TaskComment, on_delete=models.CASCADE, related_name="mentions")
    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("mención")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "comment", "member"], name="mention_once"
            )
        ]
        indexes = [models.Index(fields=["organisation", "member", "-id"], name="mention_member")]

    def __str__(self) -> str:
        return f"{self.comment_id} → {self.member_id}"


class TaskAttachment(OrganisationModel):
    """A file of a task."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("adjunto de una tarea")
        indexes = [models.Index(fields=["organisation", "task"], name="attachment_task")]

    def __str__(self) -> str:
        return f"{self.task_id} · {self.file_id}"


class RelationKind(models.TextChoices):
    RELATED = "related", _("Relacionada con")
    BLOCKS = "blocks", _("Bloquea a")
    DUPLICATES = "duplicates", _("Repite a")
    PART = "part", _("Forma parte de")


class TaskRelation(OrganisationModel):
    """How a task has to do with another."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="relations")
    other = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="related_from")
    kind = models.CharField(
        max_length=10, choices=RelationKind.choices, default=RelationKind.RELATED
    )

    class Meta:
        verbose_name = _("relación entre tareas")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "task", "other"], name="task_relation_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.kind} {self.other_id}"


class TaskTag(OrganisationModel):
    """A label of a task; the words are those of the clients' labels."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="task_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("etiqueta de una tarea")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "tag", "task"], name="task_tag_once")
        ]
        indexes = [models.Index(fields=["organisation", "task"], name="task_tag_task")]

    def __str__(self) -> str:
        return f"{self.tag_id} → {self.task_id}"
