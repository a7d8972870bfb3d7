"""An operation that will be gone says so for a year at least: in each answer, and in the API's document."""

from datetime import date

import pytest
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.models import Organisation
from config.api import Endpoint, ReadMany, Row
from config.api.deprecating import Deprecation
from config.urls import handler404, handler500
from tests import factories

OLD = Deprecation(since=date(2027, 1, 1), until=date(2028, 3, 1), page="https://mdt.example/versions")
WORDS = (
    "Deprecated since 2027-01-01: works until 2028-03-01. What to use instead: https://mdt.example/versions"
)


@extend_schema_serializer(deprecate_fields=["number"])
class HospitalRow(Row):
    """A hospital."""

    id = serializers.IntegerField()
    number = serializers.IntegerField(source="id")


class Hospitals(ReadMany, Endpoint):
    """Hospitals, listed as one should and as one did."""

    queryset = Organisation.objects.order_by("pk")
    serializer_class = HospitalRow
    pagination_class = None
    area = "cases"
    deprecated = {"list_all": OLD}

    def list_all(self, request, **kwargs):
        """Every hospital."""
        return self.list(request)


urlpatterns = [
    path("api/v1/hospitals/", Hospitals.as_view({"get": "list"})),
    path("api/v1/all-hospitals/", Hospitals.as_view({"get": "list_all"})),
]
__all__ = ["handler404", "handler500"]


@pytest.fixture
def system(db, machine):
    return machine(factories.team().organisation)


@pytest.mark.urls(__name__)
def test_each_answer_of_it_says_since_when_until_when_and_where_to_read_more(system):
    for answer in (system.get("all-hospitals/"), system.get("all-hospitals/", {"wrong": 1})):
        assert answer.headers["Deprecation"] == "@1798761600"
        assert answer.headers["Sunset"] == "Wed, 01 Mar 2028 00:00:00 GMT"
        assert answer.headers["Link"] == '<https://mdt.example/versions>; rel="deprecation"; type="text/html"'


@pytest.mark.urls(__name__)
def test_the_operation_beside_it_says_nothing(system):
    answer = system.get("hospitals/")
    assert answer.status_code == 200
    assert not answer.headers.keys() & {"Deprecation", "Sunset", "Link"}


def test_the_document_marks_it_and_says_until_when():
    document = SchemaGenerator(patterns=urlpatterns).get_schema(request=None, public=True)
    old, new = (document["paths"][f"/api/v1/{each}/"]["get"] for each in ("all-hospitals", "hospitals"))
    assert old["deprecated"] is True
    assert old["description"] == f"Every hospital.\n\n{WORDS}"
    assert "deprecated" not in new
    assert "Deprecated" not in new["description"]
    fields = document["components"]["schemas"]["HospitalRow"]["properties"]
    assert [name for name, field in fields.items() if field.get("deprecated")] == ["number"]


def test_less_than_a_year_is_not_announced():
    with pytest.raises(ValueError, match="365 days"):
        Deprecation(since=date(2027, 1, 1), until=date(2027, 12, 31), page="https://mdt.example/versions")
