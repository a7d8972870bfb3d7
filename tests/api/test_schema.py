"""The document of the API: valid, with an example of everything, and true of every answer."""

import json

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from cases.api.calculator import QUESTION
from cases.clinical.vocabulary import GRADES
from config.api.operation import examples
from config.api.schema import document

DOCUMENT = document()
OPERATIONS = {
    told["operationId"]: told
    for item in DOCUMENT["paths"].values()
    for method, told in item.items()
    if method in {"get", "post"}
}


def valid(value, schema):
    """Raises unless the value has the form of the schema, whose references lead into the document."""
    whole = {"components": DOCUMENT["components"], "allOf": [schema]}
    Draft202012Validator(whole).validate(value)


def shape(content):
    return content["application/json"]["schema"]


def told_examples(content):
    return [each["value"] for each in content["application/json"].get("examples", {}).values()]


def test_the_document_is_valid_and_made_without_a_warning():
    call_command("spectacular", validate=True, fail_on_warn=True, file="/dev/null")


def test_making_the_document_leaves_the_shapes_that_it_describes_as_they_are():
    assert QUESTION["properties"]["grade"]["enum"] == [*GRADES, None]


def test_the_document_is_read_without_signing_in_as_json_or_yaml(client, db):
    as_json = client.get("/api/v1/schema/")
    assert as_json.status_code == 200
    assert json.loads(as_json.content) == DOCUMENT
    as_yaml = client.get("/api/v1/schema/", headers={"Accept": "application/yaml"})
    assert as_yaml.content.startswith(b"openapi: 3.1")


def test_the_page_that_shows_the_document_needs_no_signing_in_and_no_inline_script(client, db):
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    script = client.get("/api/v1/docs/?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert b"/api/v1/schema/" in script.content


def test_the_examples_are_those_of_the_operations():
    assert set(examples()) == set(OPERATIONS)


FILES = {"documents_file_retrieve", "letters_pdf_retrieve"}
"""Operations that answer with a file, of which no example is shown."""


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - FILES))
def test_every_operation_shows_an_answer_that_has_its_form(name):
    answers = [each for code, each in OPERATIONS[name]["responses"].items() if code.startswith("2")]
    shown = told_examples(answers[0]["content"])
    assert shown
    for value in shown:
        valid(value, shape(answers[0]["content"]))


@pytest.mark.parametrize("name", sorted(name for name, told in OPERATIONS.items() if "requestBody" in told))
def test_every_operation_that_takes_a_body_shows_one_that_has_its_form(name):
    content = OPERATIONS[name]["requestBody"]["content"]
    shown = told_examples(content)
    assert shown
    for value in shown:
        valid(value, shape(content))


def test_the_example_of_the_check_is_what_the_check_answers():
    from treatments.guidance.check import check_body

    told = examples()["guidance_check"]
    assert check_body(told["ask"]) == told["answer"]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_refusal_is_described_as_a_problem(name):
    for code, told in OPERATIONS[name]["responses"].items():
        if not code.startswith("2") and code != "304":
            assert list(told["content"]) == ["application/problem+json"]
