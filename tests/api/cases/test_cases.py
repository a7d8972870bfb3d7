"""Steps of cases and referrals that hospital systems take by the API."""

from audit.models import Event
from tests.api.conftest import refer


def test_a_change_of_a_case_keeps_what_it_leaves_out(does, centre):
    address = f"cases/{centre.case.reference}"
    told = does(address, "change", {"patient_wants": "To keep the leg"})
    assert told["patient_wants"] == "To keep the leg"
    assert told["key_worker"] is not None
    told = does(address, "change", {"responsible_consultant": centre.surgeon.pk, "key_worker": None})
    assert told["responsible_consultant"]["id"] == centre.surgeon.pk
    assert (told["key_worker"], told["patient_wants"]) == (None, "To keep the leg")
    refused = does(address, "change", {"key_worker": centre.referrer.pk}, code=400)
    assert "key_worker" in refused["errors"]


def test_a_case_is_closed_with_its_reason(does, centre):
    told = does(f"cases/{centre.case.reference}", "close", {"reason": "transferred"})
    assert (told["status"], told["closed_reason"]) == ("closed", "transferred")
    assert Event.objects.filter(type="case.closed", target_id=centre.case.pk).exists()
    does(f"cases/{centre.case.reference}", "close", {"reason": "transferred"}, code=409)


def test_a_new_episode_becomes_the_current_one_and_the_earlier_stays(does, centre):
    body = {"kind": "local_recurrence", "started_on": "2026-11-20"}
    told = does(f"cases/{centre.case.reference}", "start-episode", body)
    assert told["current_episode"]["kind"] == "local_recurrence"
    assert [each["number"] for each in told["earlier_episodes"]] == [1]


def test_steps_of_a_case_are_refused_where_it_was_changed_meanwhile(writer, centre):
    for name, body in [
        ("close", {"reason": "transferred"}),
        ("start-episode", {"kind": "progression", "started_on": "2026-11-20"}),
    ]:
        address = f"cases/{centre.case.reference}/{name}/"
        answer = writer.post(address, body, **{"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["current_version"]) == (
            412,
            answer.json()["current_version"],
        )


def test_a_returned_referral_comes_again_with_what_was_missing(does, centre):
    row = refer(centre, family_name="Again")
    told = does(f"referrals/{row.pk}", "return", {"reason": "No imaging"})
    told = does(f"referrals/{row.pk}", "resubmit", {"question": "With the MRI: can the leg be kept?"})
    assert (told["status"], told["status_reason"]) == ("received", "")
    assert told["question"].startswith("With the MRI")
    assert told["reason"] == row.reason
