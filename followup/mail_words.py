"""Why an e-mail did not arrive, in words: from the code of the mail server, or of the message that came back."""

from followup.models import Mail

BOUNCED = {
    "5.1": "There is no such address. Have the person’s e-mail address put right, then send it again.",
    "5.2.2": "The mailbox is full. Tell the person, then send it again.",
    "5.2": "The mailbox takes no e-mail at present. Tell the person in another way.",
    "5.3": "The other hospital’s mail system could not take it. Send it again later.",
    "5.4": "The other hospital’s mail system could not be reached. Send it again later.",
    "5.5": "The two mail systems did not understand each other. Ask whoever runs the mail server.",
    "5.6": "The other mail system could not read the message. Ask whoever runs the mail server.",
    "5.7": "The other mail system refuses our e-mail. Ask whoever runs the mail server there to allow it.",
}
"""By the beginning of the status of RFC 3463, the longest that fits."""

SERVER_SAID = {
    "550": "The mail server knows no such address, or refuses it. Have the address put right, then send it again.",
    "551": "The mail server knows no such address. Have the address put right, then send it again.",
    "552": "The mailbox is full. Tell the person, then send it again.",
    "553": "The address is written wrongly. Have it put right, then send it again.",
    "554": "The mail server refused the message. Ask whoever runs it.",
    "4": "The mail server was busy, each time it was tried. Send it again.",
    "5": "The mail server refused the message. Ask whoever runs it.",
}
"""By the beginning of the reply code of RFC 5321, the longest that fits."""

CUT_OFF = "The connection to the mail server broke, each time it was tried. Send it again."
NOT_KNOWN = "The reason is not known. Send it again, and ask whoever runs the mail server if it fails again."
CLOSED = "The person’s account is closed. Give what is due to somebody else."


def why_not(mail: Mail) -> str:
    """The reason and what to do, for a coordinator."""
    if mail.bounced_at:
        return _longest(BOUNCED, mail.bounce_status) or NOT_KNOWN
    if "account is closed" in mail.last_error:
        return CLOSED
    kind, _, code = mail.last_error.partition(" ")
    if code.strip().isdecimal():
        return _longest(SERVER_SAID, code.strip()) or NOT_KNOWN
    return CUT_OFF if kind else NOT_KNOWN


def _longest(words: dict[str, str], code: str) -> str:
    fitting = [beginning for beginning in words if code.startswith(beginning)]
    return words[max(fitting, key=len)] if fitting else ""
