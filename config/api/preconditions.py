"""ETag, If-None-Match and If-Match (RFC 9110, section 13): nothing is sent twice, nothing is overwritten unseen."""

import re
from hashlib import sha256

from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

IF_MATCH, IF_NONE_MATCH = "If-Match", "If-None-Match"
NAMED = re.compile(r'(?:W/)?"([1-9][0-9]{0,8})(?:-[0-9a-f]{16})?"')
"""A proxy that packs the answer makes its tag a weak one."""


class PreconditionRequired(APIException):
    """The request has to name what it changes."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = "Name the version that you read: send its ETag in the header If-Match."


def tag(response: Response) -> None:
    """An ETag of the row's version, which a change has to name, and of everything that is shown beside it."""
    digest = sha256(JSONRenderer().render(response.data)).hexdigest()[:16]
    version = response.data.get("version")
    response.headers["ETag"] = f'"{version}-{digest}"' if version else f'"{digest}"'


def unless_known(request: Request, response: Response) -> Response:
    """Nothing but its ETag where the caller has just this already."""
    told = request.headers.get(IF_NONE_MATCH, "")
    mine = response.headers["ETag"]
    if mine not in {each.strip().removeprefix("W/") for each in told.split(",")}:
        return response
    return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": mine})


def version_named(request: Request) -> int:
    """The version of which the caller read the ETag. Whether it is still that one, the service asks under its lock."""
    told = request.headers.get(IF_MATCH)
    if told is None:
        raise PreconditionRequired
    found = NAMED.fullmatch(told.strip())
    if found is None:
        words = "If-Match must be one ETag as an answer gave it, with its quotation marks."
        raise ValidationError({IF_MATCH: [words]})
    return int(found[1])
