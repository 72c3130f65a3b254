from django.db import migrations

from lonja.parties.names import name_key

BATCH = 1000


def fill(apps, schema_editor):
    """The origin written in each client becomes one of the list; names get their key."""
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.organisation_id', '*', true)")
    Party = apps.get_model("parties", "Party")
    LeadSource = apps.get_model("parties", "LeadSource")
    sources = {}
    last = 0
    while rows := list(
        Party.objects.filter(pk__gt=last).only(
            "id", "organisation_id", "name", "source", "stage", "lead_status"
        ).order_by("pk")[:BATCH]
    ):
        for row in rows:
            row.name_key = name_key(row.name)
            if row.stage == "lead":
                row.lead_status = "new"
            name = " ".join(row.source.split())
            if not name:
                continue
            key = (row.organisation_id, name.casefold())
            if key not in sources:
                sources[key] = LeadSource.objects.create(
                    organisation_id=row.organisation_id, name=name
                )
            row.lead_source = sources[key]
        Party.objects.bulk_update(rows, ["name_key", "lead_status", "lead_source"], BATCH // 5)
        last = rows[-1].pk


def write_back(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.organisation_id', '*', true)")
    Party = apps.get_model("parties", "Party")
    for row in apps.get_model("parties", "LeadSource").objects.all():
        Party.objects.filter(lead_source=row).update(source=row.name)


class Migration(migrations.Migration):

    dependencies = [("parties", "0005_leads")]

    operations = [migrations.RunPython(fill, write_back)]
