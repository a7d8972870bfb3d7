"""The Jinja2 environment of the pages: where templates are found, and the words they may use on values."""

import re
from collections.abc import Mapping, MutableMapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import jinja2
from django.conf import settings
from django.forms import BoundField
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from markupsafe import Markup, escape

from audit.form_words import errors_at, errors_of
from cases.services.refusals import said_time
from trials.services.enquiries import takes_enquiries
from trials.standing import standing

NOT_RECORDED = "not recorded"
DESIGN_SYSTEM = "nhsuk/"


class Environment(jinja2.Environment):
    """Strict about names, but for the design system's macros, which lean on lenient undefined values."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.design_system = jinja2.Environment(
            loader=jinja2.PackageLoader("nhsuk_frontend_jinja"),
            undefined=jinja2.ChainableUndefined,
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def get_template(
        self,
        name: str | jinja2.Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> jinja2.Template:
        if isinstance(name, str) and name.startswith(DESIGN_SYSTEM):
            return self.design_system.get_template(name)
        return super().get_template(name, parent, globals)


def environment(**options: Any) -> Environment:
    """What settings.TEMPLATES names; Django passes the loader of our templates folder."""
    options |= {"undefined": jinja2.StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    env = Environment(**options)
    env.globals |= {
        "url": url,
        "static": static,
        "now": timezone.localtime,
        "today": timezone.localdate,
        "version": getattr(settings, "VERSION", ""),
        "takes_enquiries": takes_enquiries,
    }
    env.filters |= FILTERS
    return env


@lru_cache(maxsize=4096)
def url(name: str, *args: object, **kwargs: object) -> str:
    """Kept, because a list has the same few hundred addresses every time: a tenth of a page with many links."""
    return reverse(name, args=args, kwargs=kwargs)


def local(value: date) -> date:
    """A moment in the time of the United Kingdom; a day stays the day that it is."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def day(value: date | None, weekday: bool = False, year: bool = True) -> str:
    """25 Nov 2026; with its weekday, where there is room: Wednesday 25 November 2026."""
    if not value:
        return NOT_RECORDED
    value = local(value)
    words = f"{value:%A} {value.day} {value:%B}" if weekday else f"{value.day} {value:%b}"
    return f"{words} {value.year}" if year else words


def clock(value: datetime | time | None) -> str:
    """5 pm, 8:30 am, midday, midnight."""
    return NOT_RECORDED if value is None else said_time(value)


def day_and_clock(value: datetime | None) -> str:
    return f"{day(value)}, {clock(value)}" if value else NOT_RECORDED


def days_from_today(value: date) -> int:
    value = local(value)
    return ((value.date() if isinstance(value, datetime) else value) - timezone.localdate()).days


def span(days: int) -> str:
    """3 days, 3 weeks, 4 months: the largest word that is not too coarse."""
    if days < 21:
        return plural(days, "day")
    return plural(days // 7, "week") if days < 91 else plural(days // 30, "month")


def lasted(seconds: float) -> str:
    """12 seconds, 62 minutes, 3 hours, 4 days: the largest word that is not too coarse."""
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return plural(int(seconds // size), word)
    return plural(round(seconds), "second")


def late(value: date | None) -> str:
    """3 days late, due today, due in 4 days."""
    if not value:
        return "no date set"
    days = days_from_today(value)
    if days == 0:
        return "due today"
    return f"{span(-days)} late" if days < 0 else f"due in {span(days)}"


def ago(value: date | None) -> str:
    """today, yesterday, 3 days ago."""
    if not value:
        return "never"
    days = -days_from_today(value)
    if days < 0:
        return f"in {span(-days)}"
    return {0: "today", 1: "yesterday"}.get(days) or f"{span(days)} ago"


def iso(value: object) -> str:
    """What a browser's date field and a time element take; what somebody typed stays as it was typed."""
    if isinstance(value, datetime):
        return local(value).isoformat(timespec="minutes")  # type: ignore[call-arg]
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def nhs_number(value: str | None) -> str:
    """3-3-4, as it is read aloud."""
    if not value:
        return NOT_RECORDED
    digits = re.sub(r"\D", "", value)
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}" if len(digits) == 10 else value


def mm(value: float | None) -> str:
    return NOT_RECORDED if value is None else f"{value:g} mm"


def number(value: float | None) -> str:
    return NOT_RECORDED if value is None else f"{value:,}"


def percent(part: float | None, whole: float = 1, places: int = 0) -> str:
    """A share: `0.94|percent` or `47|percent(50)`."""
    return NOT_RECORDED if part is None or not whole else f"{100 * part / whole:.{places}f}%"


def title_name(family: str, given: str = "", title: str = "") -> str:
    """OKAFOR, Grace (Ms)."""
    name = f"{family.upper()}, {given}" if given else family.upper()
    return f"{name} ({title})" if title else name


def plural(count: int, one: str, many: str = "") -> str:
    """1 case, 1,204 cases."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def paragraphs(value: str | None) -> Markup:
    """Typed text with its line breaks, escaped."""
    lines = (escape(line) for line in (value or "").splitlines())
    return Markup("<br>").join(lines)


def choices(bound: BoundField) -> list[dict[str, Any]]:
    """The answers of a select, radios or checkboxes, in groups: name, options (value, label, selected)."""
    widget: Any = bound.field.widget
    value = widget.format_value(bound.value())
    return [
        {
            "name": name,
            "options": [
                {
                    "value": str(option["value"]),
                    "label": str(option["label"]),
                    "selected": bool(option["selected"]),
                }
                for option in options
            ],
        }
        for name, options, _ in widget.optgroups(bound.html_name, value, {})
    ]


def field_attributes(bound: BoundField) -> Mapping[str, Any]:
    """A widget's own attributes, less ours, maxlength (cuts what is pasted) and placeholders."""
    ours = {"class", "id", "required", "maxlength", "placeholder", "rows", "cols", "type"}
    return {name: value for name, value in bound.field.widget.attrs.items() if name not in ours}


def without(attributes: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in attributes.items() if key != name}


def is_iso_date(bound: BoundField) -> bool:
    """Whether a browser's date field can show the value: empty, a date, or typed as one."""
    try:
        date.fromisoformat(iso(bound.value()) or "2000-01-01")
    except ValueError:
        return False
    return True


FILTERS = {
    "ago": ago,
    "choices": choices,
    "date": day,
    "datetime": day_and_clock,
    "errors_at": errors_at,
    "errors_of": errors_of,
    "field_attributes": field_attributes,
    "iso": iso,
    "is_iso_date": is_iso_date,
    "lasted": lasted,
    "late": late,
    "mm": mm,
    "nhs_number": nhs_number,
    "number": number,
    "paragraphs": paragraphs,
    "percent": percent,
    "plural": plural,
    "standing": standing,
    "time": clock,
    "title_name": title_name,
    "without": without,
}
