from django.db import migrations, models


class Migration(migrations.Migration):
    """In which language the screens and the mails of Lonja speak to a person."""

    dependencies = [
        ("accounts", "0005_notice"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(
                choices=[("es", "Español"), ("en", "English")],
                default="es",
                max_length=5,
                verbose_name="idioma",
            ),
        ),
    ]
