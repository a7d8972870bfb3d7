"""The frame and the components of the pages: what a reader sees of dates, forms and errors."""

import re
from datetime import UTC, date, datetime, time

import jinja2
import pytest
import time_machine
from django import forms
from django.conf import settings
from django.template import engines
from django.template.loader import render_to_string
from markupsafe import Markup

from config import jinja, stylesheet

env = engines.all()[0].env


def shown(source: str, /, **context: object) -> str:
    return env.from_string(source).render(context)


def component(name: str, call: str, /, **context: object) -> str:
    return shown(f'{{% from "components.jinja" import {name} %}}{{{{ {call} }}}}', **context)


class Referral(forms.Form):
    family_name = forms.CharField(max_length=10, help_text="As on the passport")
    born_on = forms.DateField(label="Date of birth")
    size_mm = forms.IntegerField(label="Size", required=False)
    site = forms.ChoiceField(choices=[("", "Choose"), ("Limbs", [("C49.1", "Arm"), ("C49.2", "Leg")])])
    depth = forms.ChoiceField(choices=[("d", "Deep"), ("s", "Superficial")], widget=forms.RadioSelect)
    symptoms = forms.MultipleChoiceField(
        choices=[("p", "Pain"), ("b", "Bleeding")], widget=forms.CheckboxSelectMultiple, required=False
    )
    urgent = forms.BooleanField(required=False)
    why = forms.CharField(widget=forms.Textarea)
    letter = forms.FileField(required=False)


def test_a_misspelt_name_in_our_templates_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        shown("{{ pateint }}")


def test_text_is_escaped():
    assert "<script>" not in component("tag", "tag(text)", text="<script>")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ on|date }}", "25 Nov 2026"),
        ("{{ on|date(weekday=true, year=false) }}", "Wednesday 25 November"),
        ("{{ none|date }}", "not recorded"),
        ("{{ summer|datetime }}", "1 Jul 2026, midday"),
        ("{{ summer|iso }}", "2026-07-01T12:00+01:00"),
        ("{{ morning|time }}", "8:30 am"),
        ("{{ '9990412731'|nhs_number }}", "999 041 2731"),
        ("{{ 82|mm }}", "82 mm"),
        ("{{ 47|percent(50) }}", "94%"),
        ("{{ 1785|percent(1846, places=1) }}", "96.7%"),
        ("{{ 1204|plural('case') }}", "1,204 cases"),
        ("{{ 1|plural('case') }}", "1 case"),
        ("{{ 'Okafor'|title_name('Grace', 'Ms') }}", "OKAFOR, Grace (Ms)"),
        ("{{ 'a<b\nc'|paragraphs }}", "a&lt;b<br>c"),
    ],
)
def test_values_read_as_in_the_style_of_the_pages(source, text):
    summer = datetime(2026, 7, 1, 11, 0, tzinfo=UTC)
    assert shown(source, on=date(2026, 11, 25), summer=summer, morning=time(8, 30)) == text


@pytest.mark.parametrize(
    ("due", "late", "ago"),
    [
        (date(2026, 11, 23), "due today", "today"),
        (date(2026, 11, 22), "1 day late", "yesterday"),
        (date(2026, 11, 20), "3 days late", "3 days ago"),
        (date(2026, 11, 2), "3 weeks late", "3 weeks ago"),
        (date(2026, 7, 1), "4 months late", "4 months ago"),
        (date(2026, 11, 27), "due in 4 days", "in 4 days"),
        (None, "no date set", "never"),
    ],
)
@time_machine.travel("2026-11-23 23:30:00+00:00", tick=False)
def test_how_late_something_is(due, late, ago):
    assert (jinja.late(due), jinja.ago(due)) == (late, ago)


@pytest.mark.parametrize(
    ("at", "words"),
    [(time(0, 0), "midnight"), (time(12, 0), "midday"), (time(17, 0), "5 pm"), (time(0, 5), "12:05 am")],
)
def test_times_of_the_day(at, words):
    assert jinja.clock(at) == words


def test_a_refused_form_keeps_everything_typed():
    typed = {
        "family_name": '<b>O"Brien</b> of somewhere',
        "born_on": "31/02/2026",
        "size_mm": "8 cm",
        "site": "C49.2",
        "depth": "x",
        "symptoms": ["b"],
        "urgent": "on",
        "why": "first line\n  second line",
    }
    html = component("fields", "fields(form)", form=Referral(typed))
    assert 'value="&lt;b&gt;O&#34;Brien&lt;/b&gt; of somewhere"' in html
    assert 'value="31/02/2026"' in html
    assert 'value="8 cm"' in html
    assert '<option value="C49.2" selected>Leg</option>' in html
    assert re.search(r'value="b"\s+checked', html)
    assert re.search(r'name="urgent"[^>]*checked', html)
    assert ">first line\n  second line</textarea>" in html
    assert "maxlength" not in html


def test_a_date_is_offered_to_the_browser_as_its_field_takes_it():
    html = component("field", "field(form.born_on)", form=Referral(initial={"born_on": date(1992, 3, 14)}))
    assert 'type="date"' in html
    assert 'value="1992-03-14"' in html


def test_each_error_names_its_field_and_leads_to_it():
    form = Referral({"born_on": "31/02/2026", "site": "C49.2", "depth": "d", "why": "x"})
    form.add_error(None, "This patient is known.")
    html = component("form_errors", "form_errors(form)", form=form)
    assert 'href="#id_family_name"' in html
    assert "Family name is needed." in html
    assert "Date of birth: Enter a date that exists, such as 25/11/2026." in html
    assert "This patient is known." in html
    assert "This field is required" not in html


@pytest.mark.parametrize(
    ("label", "message", "line"),
    [
        ("The other centre", "Severn was asked already.", "The other centre: Severn was asked already."),
        ("Who covers", "Nobody covers for themselves.", "Who covers: Nobody covers for themselves."),
        ("First review on", "First review is in the past.", "First review is in the past."),
        ("Last seen on", "The day on which they were last seen.", "The day on which they were last seen."),
        ("Team", "Choose a team of yours.", "Choose a team of yours."),
        ("Note", "Notepaper is out.", "Note: Notepaper is out."),
        ("", "Names nothing", "Names nothing"),
    ],
)
def test_a_line_of_the_summary_names_its_field_once_and_leaves_the_message_as_it_is(label, message, line):
    form = Referral({})
    form.fields["why"].label = label
    form.is_valid()
    form.errors["why"] = form.error_class([message])
    html = component("form_errors", "form_errors(form)", form=form)
    assert f">{line}</a>" in re.sub(r"\s*\n\s*", "", html)


class Limited(forms.Form):
    longest = forms.CharField(label="Note", max_length=300)
    shortest = forms.CharField(label="Code", min_length=3)
    low = forms.IntegerField(label="Every so many months", min_value=1)
    high = forms.IntegerField(label="Days", max_value=1500)
    digits = forms.DecimalField(label="Size", max_digits=5)
    places = forms.DecimalField(label="Share", decimal_places=1)
    whole = forms.DecimalField(label="Count", max_digits=4, decimal_places=2)


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("longest", "x" * 10_000, "Note must be 300 characters or fewer (now 10,000)."),
        ("shortest", "ab", "Code must be 3 characters or more (now 2)."),
        ("low", "0", "Every so many months must be 1 or more."),
        ("high", "1501", "Days must be 1,500 or less."),
        ("digits", "123456", "Size must have no more digits than 5."),
        ("places", "1.25", "Share must have no more digits after the decimal point than 1."),
        ("whole", "123.4", "Count must have no more digits before the decimal point than 2."),
    ],
)
def test_a_limit_names_its_field_and_says_what_would_be_right(name, typed, words):
    form = Limited({name: typed})
    for html in (
        component("form_errors", "form_errors(form)", form=form),
        component("field", "field(form[name])", form=form, name=name),
    ):
        assert html.count(words) == 1
        assert "Ensure" not in html


@pytest.mark.parametrize("name", list(Referral.base_fields))
def test_every_field_has_a_label_and_its_error_is_tied_to_it(name):
    form = Referral({})
    form.is_valid()
    form.add_error(name, "Wrong in a way.")
    html = component("field", "field(form[name])", form=form, name=name)
    assert f'id="id_{name}"' in html
    assert f'for="id_{name}"' in html
    assert "Wrong in a way." in html
    assert f"id_{name}-error" in re.search(r'aria-describedby="([^"]*)"', html)[1]
    assert f'id="id_{name}-error"' in html


def test_an_error_summary_takes_a_formset():
    lines = forms.formset_factory(Referral, min_num=1, validate_min=True)
    formset = lines({"form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0"})
    assert "at least 1 form" in component("form_errors", "form_errors(formset)", formset=formset)


def test_a_form_without_errors_shows_no_summary():
    assert not component("form_errors", "form_errors(form)", form=Referral()).strip()


@pytest.mark.parametrize(
    ("severity", "word", "owed", "settled"),
    [
        ("contradiction", "Contradiction", "Correction owed", "Corrected"),
        ("missing", "Missing", "Fact owed", "Recorded"),
        ("deviation", "Deviation", "Reason owed", "Reason given"),
        ("caution", "Caution", "Acknowledgement owed", "Acknowledged"),
        ("advice", "Advice", "No answer owed", "Taken up"),
    ],
)
def test_a_finding_is_told_by_shape_word_and_colour(severity, word, owed, settled):
    html = component("finding", "finding(severity, 'heading')", severity=severity)
    assert f"{word}: heading" in html
    assert owed in html
    assert f"icons.svg#{severity}" in html
    assert f"smdt-finding--{severity}" in html
    assert settled in component("finding", "finding(severity, 'heading', answered='so')", severity=severity)


def test_the_counts_name_cautions_even_at_none():
    html = component("tally", "tally({'deviation': 2, 'caution': 0}, {'deviation': 1})")
    assert "2 deviations, 1 answered" in html
    assert "0 cautions" in html


def test_a_fact_that_is_not_recorded_says_so():
    html = component("facts", "facts([{'label': 'Grade', 'value': '', 'state': 'missing', 'href': '/x'}])")
    assert "Not recorded" in html
    assert "Record it" in html


def test_a_full_meeting_says_by_how_much():
    html = component("capacity", "capacity(100, 32, 120)")
    assert "12 minutes over" in html


def test_no_page_of_ours_has_inline_style_or_script():
    templates = settings.BASE_DIR / "templates"
    for path in templates.rglob("*.*"):
        if path.is_relative_to(templates / "followup" / "mail"):
            continue  # a mail program fetches nothing: its style comes with it
        text = path.read_text()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", text), path


@pytest.mark.parametrize("page", ["403.jinja", "404.jinja", "409.jinja", "500.jinja", "503.jinja"])
def test_error_pages_need_neither_a_user_nor_a_request(page):
    html = render_to_string(page)
    assert "<h1>" in html
    assert "Sign out" not in html


def test_a_title_begins_with_error_when_the_form_was_refused():
    page = '{% extends "base.jinja" %}{% block page_title %}Referral{% endblock %}'
    assert "<title>Error: Referral " in shown(page, form=Referral({}))
    assert "<title>Referral " in shown(page, form=Referral())


def test_markup_of_ours_stays_markup():
    assert "<b>so</b>" in component("finding", "finding('caution', 'x', answered=a)", a=Markup("<b>so</b>"))


def test_the_stylesheet_asks_for_no_typeface_and_nothing_from_outside():
    ours = stylesheet.without_typeface(
        "@font-face{font-family:Frutiger W01;src:url(https://assets.nhs.uk/x)}"
        "b{font-family:Frutiger W01,arial}i{background:url(/assets/images/nhsuk-icon-cross.svg)}"
    )
    assert ours == 'b{font-family:Arial,"Liberation Sans"}i{background:url(nhsuk-icon-cross.svg)}'


def test_the_packages_give_all_that_pages_ask_for(tmp_path):
    stylesheet.build(settings.BASE_DIR / "node_modules", tmp_path)
    css = (tmp_path / "packages/nhsuk-frontend.css").read_text()
    assert "Frutiger" not in css
    assert "https:" not in css.replace("http://www.w3.org", "")
    for name in re.findall(r"url\((nhsuk-[\w-]+\.svg)", css):
        assert (tmp_path / "packages" / name).is_file()
    assert (tmp_path / "packages/htmx.min.js").is_file()
