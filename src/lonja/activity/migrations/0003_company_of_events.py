from django.db import migrations, models

# Tables whose rows say of which company they are; those of rooms that are not here are left out.
TABLES = (
    *("billing_invoice", "billing_receipt", "billing_credit", "billing_proforma"),
    *("billing_deliverynote", "billing_series", "tasks_task", "subscriptions_plan"),
    *("sales_opportunity", "sales_quote", "mail_outgoingmail"),
)
LOCK = "lock_frozen_activity_event"


def fill(apps, schema_editor):
    """Events written before are of the company of what they tell of, where it is still there.

    History is never rewritten: its lock is lifted only here and put back in the same transaction.
    """
    connection = schema_editor.connection
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgres:
            cursor.execute("SELECT set_config('app.organisation_id', '*', true)")
            cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = %s", [LOCK])
            locked = cursor.fetchone() is not None
            if locked:
                cursor.execute(f"ALTER TABLE activity_event DISABLE TRIGGER {LOCK}")
        there = set(connection.introspection.table_names(cursor))
        for table in TABLES:
            if table not in there:
                continue
            columns = connection.introspection.get_table_description(cursor, table)
            if "company_id" not in {column.name for column in columns}:
                continue
            cursor.execute(
                f"UPDATE activity_event SET company_id = (SELECT t.company_id FROM {table} t "
                "WHERE t.id = activity_event.target_id AND "
                "t.organisation_id = activity_event.organisation_id) WHERE target_type = %s",
                [table.replace("_", ".", 1)],
            )
        if postgres and locked:
            cursor.execute(f"ALTER TABLE activity_event ENABLE TRIGGER {LOCK}")


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0002_notification"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="company_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
