from hashlib import sha256

from django.db import migrations, models


def fill(apps, schema_editor):
    """Records made before get the digest of the XML they hold today."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('app.organisation_id', '*', true)")
        last = 0
        while True:
            cursor.execute(
                "SELECT id, xml FROM fiscal_record WHERE id > %s ORDER BY id LIMIT 1000", [last]
            )
            rows = cursor.fetchall()
            if not rows:
                return
            cursor.executemany(
                "UPDATE fiscal_record SET xml_digest = %s WHERE id = %s",
                [(sha256(xml.encode()).hexdigest(), pk) for pk, xml in rows],
            )
            last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [
        ("fiscal", "0002_sending"),
    ]

    operations = [
        migrations.AddField(
            model_name="record",
            name="xml_digest",
            field=models.CharField(default="", editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
