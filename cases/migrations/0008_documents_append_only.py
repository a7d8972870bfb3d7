"""The history of documents and of links to images: the application may add to it, and change nothing."""

from django.db import migrations

from audit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_documents")]
    operations = [AppendOnly("cases_documenthistory", "cases_imagelinkhistory")]
