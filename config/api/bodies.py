"""What a request may send."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError


class Body(serializers.Serializer[Any]):
    """What a request may send; a name that it does not know is refused, so that a misspelt one is never lost."""

    def to_internal_value(self, data: Any) -> Any:
        known = self.fields
        if isinstance(data, dict) and (unknown := [name for name in data if name not in known]):
            message = f"This is not a known name. Known: {', '.join(known)}."
            raise ValidationError({name[:60]: [message] for name in unknown})
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """Text and nothing that would have to be turned into text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number of JSON."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)
