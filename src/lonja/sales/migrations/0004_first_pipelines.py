from django.db import migrations

from lonja.sales import pipeline_defaults


def give_every_company_a_pipeline(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.organisation_id', '*', true)")
    stage, reason = (apps.get_model("sales", name) for name in ("PipelineStage", "LossReason"))
    for company in apps.get_model("accounts", "Company").objects.all():
        pipeline_defaults.fill(company, stage_model=stage, reason_model=reason)


class Migration(migrations.Migration):
    dependencies = [("sales", "0003_opportunities")]

    operations = [
        migrations.RunPython(give_every_company_a_pipeline, migrations.RunPython.noop),
    ]
