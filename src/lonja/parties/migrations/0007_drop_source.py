from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("parties", "0006_sources")]

    operations = [migrations.RemoveField(model_name="party", name="source")]
