"""Business rows belong to an organisation; these classes keep them there (reliability §3).

Lock 2: a query outside a scope raises. Lock 3: writing a row of another organisation raises. The
database holds lock 4 (see `lonja.accounts.locks`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models.lookups import Exact
from django.db.models.sql.where import AND
from django.utils.translation import gettext_lazy as _

from lonja.accounts.scoping import EVERY, ForeignRow, ScopeRequired, current

if TYPE_CHECKING:
    from lonja.accounts.models import Membership


class ScopedQuerySet(models.QuerySet):
    """Rows of the organisation in scope."""

    def visible_to(self, member: Membership) -> Self:
        """Rows that the member may see: those of its companies, where rows have one."""
        granted = member.company_ids()
        if granted and any(field.name == "company" for field in self.model._meta.fields):
            return self.filter(company_id__in=granted)
        return self

    def locked(self, obj: Any) -> Any:
        """The row read again and locked until the transaction ends.

        On SQLite `select_for_update` does nothing: transactions are IMMEDIATE there, one at a time.
        """
        return self.select_for_update().get(pk=getattr(obj, "pk", obj))

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        objs = list(objs)
        for obj in objs:
            obj.claim_for_scope()
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], **kwargs: Any) -> int:
        objs, fields = list(objs), list(fields)
        for obj in objs:
            obj.claim_for_scope()
        if "organisation" in fields or "organisation_id" in fields:
            raise ForeignRow("La organización de una fila no cambia")
        return super().bulk_update(objs, fields, **kwargs)

    def update(self, **kwargs: Any) -> int:
        if "organisation" in kwargs or "organisation_id" in kwargs:
            raise ForeignRow("La organización de una fila no cambia")
        return super().update(**kwargs)


_YES_OR_NO = models.BooleanField()


class InScope(models.Expression):
    """«Of the organisation in scope», decided when the query runs.

    Forms make their querysets when their class is read: before any scope is open, or during the
    first request, in that of somebody else. The scope in which the queryset was made only counts
    where it runs without one of its own; without either, running it raises ScopeRequired.
    """

    conditional = True

    def __init__(self, what: str, column: Any = None) -> None:
        super().__init__(output_field=_YES_OR_NO)
        made_in = current()
        # 0 for every organisation: querysets are copied deeply, and EVERY is only itself.
        self.what, self.made_in = what, 0 if made_in is EVERY else made_in
        self.column: Any = column or models.F("organisation_id")

    def get_source_expressions(self) -> list[Any]:
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.column,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        scope = current()
        if self.made_in is not None and (scope is None or scope is EVERY):
            scope = self.made_in or EVERY
        if scope is None:
            raise ScopeRequired(
                f"{self.what}: consulta fuera de una organización; usa scope(organisation)"
            )
        if scope is EVERY:
            return "1=1", []
        sql, params = compiler.compile(self.column)
        return f"{sql} = %s", [*params, scope]


class ScopedManager(models.Manager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    """Manager that only reaches rows of the organisation in scope; without one, querying raises."""

    def get_queryset(self) -> Any:
        queryset = super().get_queryset()
        column = self.model._meta.get_field("organisation")
        if column.model._meta.concrete_model is not self.model._meta.concrete_model:
            return queryset.filter(InScope(self.model.__name__))  # the column is in another table
        # What `filter` would write, without looking for what the name may mean: every query of
        # the program begins here.
        query = queryset.query
        inside = InScope(self.model.__name__, column.get_col(query.get_initial_alias()))
        query.where.add(Exact(inside, True), AND)
        return queryset


class OrganisationModel(models.Model):
    """Abstract base of every business row."""

    organisation = models.ForeignKey(
        "accounts.Organisation",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("organización"),
        db_index=False,  # indexes start with it where they matter
    )

    objects = ScopedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.claim_for_scope()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        self.claim_for_scope()
        return super().delete(*args, **kwargs)

    def claim_for_scope(self) -> None:
        """Fill the organisation from the scope; raise ForeignRow when it is another one's."""
        scope = current()
        if scope is None:
            raise ScopeRequired(f"{type(self).__name__}: escritura fuera de una organización")
        if scope is EVERY:
            if self.organisation_id is None:
                raise ScopeRequired(f"{type(self).__name__}: falta la organización")
            return
        if self.organisation_id is None:
            self.organisation_id = scope
        elif self.organisation_id != scope:
            raise ForeignRow(f"{type(self).__name__} pertenece a otra organización")
