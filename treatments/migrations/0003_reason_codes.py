"""Reasons for a deviation in the codes that concordance is reported by; texts stay as they were written.

History keeps the codes that were given; going back takes them from there, and the nearest one for newer reasons.
"""

from django.db import migrations, models

CODES = [
    ("patient_choice", "The patient's choice"),
    ("fitness", "The patient's fitness"),
    ("comorbidity", "Other illness"),
    ("earlier_treatment", "Treatment already given"),
    ("trial", "Within a trial or a licence for this tumour"),
    ("technical", "Technical: site or anatomy of the tumour"),
    ("local_expertise", "Expertise or services here"),
    ("other", "Other, as written"),
]

FORWARD = """
    UPDATE treatments_response
    SET reason_code = CASE reason_code
        WHEN 'anatomy' THEN 'technical'
        WHEN 'service' THEN 'local_expertise'
        ELSE 'other'
    END
    WHERE reason_code IN ('anatomy', 'service', 'biology', 'newer_evidence')
"""

AS_IT_WAS = """
    UPDATE treatments_response AS response
    SET reason_code = was.reason_code
    FROM (
        SELECT DISTINCT ON (pgh_obj_id) pgh_obj_id, reason_code
        FROM treatments_responsehistory
        WHERE reason_code IN ('anatomy', 'service', 'biology', 'newer_evidence')
        ORDER BY pgh_obj_id, pgh_id DESC
    ) AS was
    WHERE was.pgh_obj_id = response.id AND response.reason_code IN ('technical', 'local_expertise', 'other')
"""

NEAREST = """
    UPDATE treatments_response
    SET reason_code = CASE reason_code
        WHEN 'technical' THEN 'anatomy'
        WHEN 'local_expertise' THEN 'service'
        ELSE 'comorbidity'
    END
    WHERE reason_code IN ('technical', 'local_expertise', 'fitness')
"""


def _field():
    return models.CharField(blank=True, choices=CODES, max_length=20)


class Migration(migrations.Migration):
    dependencies = [("treatments", "0002_append_only")]
    operations = [
        migrations.AlterField("response", "reason_code", _field()),
        migrations.AlterField("responsehistory", "reason_code", _field()),
        migrations.RunSQL(FORWARD, [AS_IT_WAS, NEAREST]),
    ]
