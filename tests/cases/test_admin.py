"""Clinical rows in the admin: read by their own teams, changed by nobody, each look recorded."""

import pytest
from django.urls import reverse

from accounts.permissions import Role
from audit.models import Read
from cases.models import Case, Episode, ImagingReport, PathologyReport, Patient, Referral
from tests import factories

pytestmark = pytest.mark.django_db
MODELS = [Case, Episode, ImagingReport, PathologyReport, Patient, Referral]


def address(model, page, *args):
    return reverse(f"admin:cases_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def staff(team):
    person = factories.member(Role.COORDINATOR, team)
    person.is_staff = True
    person.save()
    return person


@pytest.fixture
def rows(case, episode):
    report = {"episode": episode, "reported_on": case.opened_on}
    PathologyReport.objects.create(kind="biopsy", **report)
    ImagingReport.objects.create(modality="mri", **report)
    return {model: model.objects.get() for model in MODELS}


@pytest.mark.parametrize("model", MODELS)
def test_rows_are_read_and_not_changed(sign_in, staff, rows, model):
    client = sign_in(staff)
    assert client.get(address(model, "changelist")).status_code == 200
    assert client.get(address(model, "change", rows[model].pk)).status_code == 200
    assert client.get(address(model, "add")).status_code == 403
    assert client.post(address(model, "change", rows[model].pk), {}).status_code == 403
    assert client.post(address(model, "delete", rows[model].pk), {"post": "yes"}).status_code == 403
    assert Read.objects.filter(patient_ids=[rows[Case].patient_id]).count() == 2


@pytest.mark.parametrize("model", MODELS)
def test_another_centres_staff_find_nothing(sign_in, stranger, rows, model):
    stranger.is_staff = True
    stranger.save()
    client = sign_in(stranger)
    answer = client.get(address(model, "change", rows[model].pk))
    assert answer.status_code == 302
    assert answer.url == reverse("admin:index")
    assert not Read.objects.exists()


@pytest.mark.parametrize("model", MODELS)
def test_an_administrator_of_people_sees_no_clinical_rows(sign_in, team, rows, model):
    person = factories.member(
        Role.ADMINISTRATOR, organisation=team.organisation, user=factories.user(is_staff=True)
    )
    assert sign_in(person).get(address(model, "changelist")).status_code == 403
