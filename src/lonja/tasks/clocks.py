"""Whose hours count the working time of a task."""

from __future__ import annotations

from datetime import datetime

from lonja.accounts.models import Company, Department
from lonja.accounts.schedule import calendar_for
from lonja.kit.worktime import Calendar


def calendar_of(company: Company, department: Department | None = None) -> Calendar:
    """The hours of the department, else those of the company."""
    return calendar_for(company, department)


def local(company: Company, at: datetime) -> datetime:
    return at.astimezone(company.zone)
