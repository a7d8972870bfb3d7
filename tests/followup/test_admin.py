"""The admin of reminders: rules lead to their page, absences and e-mails can be read and not changed."""

import pytest
from django.urls import reverse

from accounts.permissions import Role
from followup.models import Mail, ReminderRule
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(sign_in):
    person = factories.user(is_staff=True)
    factories.member(Role.ADMINISTRATOR, organisation=factories.organisation(), user=person)
    return sign_in(person)


def test_rules_lead_to_the_page_that_shows_what_would_change(browser):
    assert browser.get(reverse("admin:followup_reminderrule_changelist"))["Location"] == reverse(
        "followup:rules"
    )
    assert "Reminder rules" in browser.get(reverse("admin:index")).content.decode()


def test_absences_and_e_mails_are_read_and_not_changed(browser, centre):
    mail = Mail.objects.create(kind="digest", person=centre.nurse, message_id="<1@example.org>")
    for name in ("absence", "mail"):
        assert browser.get(reverse(f"admin:followup_{name}_changelist")).status_code == 200
        assert browser.get(reverse(f"admin:followup_{name}_add")).status_code == 403
    assert browser.post(reverse("admin:followup_mail_change", args=[mail.pk])).status_code == 403
    rule = ReminderRule.objects.first()
    assert browser.post(reverse("admin:followup_reminderrule_change", args=[rule.pk])).status_code == 403


def test_who_is_no_administrator_sees_none_of_it(sign_in, centre):
    centre.coordinator.is_staff = True
    centre.coordinator.save()
    assert sign_in(centre.coordinator).get(reverse("admin:followup_mail_changelist")).status_code == 403
