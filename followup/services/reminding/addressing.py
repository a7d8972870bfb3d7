"""Whom a reminder reaches: the person who owes it, who covers, colleagues, the coordinators; as one piece of SQL.

It stands after a table `fired` of a statement (it_takes, kind, team_id, person_id, role, audience, its_role, on_day)
and gives `told`: those rows with the person who is told (told_id), and whether in somebody's place (covers).
"""

from typing import Any, Final

from psycopg.types.json import Jsonb

from accounts.permissions import Permission, Role, roles_with

ANYONE: Final = "anyone"
"""In the place of a role: everyone in the team who can do it."""

_AWAY = """
    EXISTS (SELECT FROM followup_absence absence
             WHERE absence.person_id = {person} AND absence.withdrawn_at IS NULL
               AND asked.on_day BETWEEN absence.from_on AND absence.until_on)
"""

_SANDBOXES: Final = """
    ARRAY(SELECT team.id FROM accounts_team team
            JOIN accounts_organisation host ON host.id = team.organisation_id AND host.is_sandbox)
"""
"""Teams for trying out: their people have no mailbox."""

# Worked out once for each question, not for each row. An owner: the person, where they still work in the team, can do
# it and are here; then who covers for them; colleagues of their role; everyone of the role that owes it; the
# coordinators; whoever can do it; else the coordinators all the same, who find somebody. Those who are away come last.
# A role that nobody in the team has: the coordinators, else whoever can do it.
_PLACE: Final = f"""
    CASE WHEN asked.audience = 'role' THEN
              CASE WHEN member.role = asked.its_role THEN is_away::int
                   WHEN member.role = %(coordinator)s THEN 2 + 2 * is_away::int
                   WHEN is_able THEN 3 + 2 * is_away::int END
         WHEN is_able AND NOT is_away THEN
              CASE WHEN member.user_id = asked.person_id THEN 1
                   WHEN member.user_id = owner.cover_id THEN 2
                   WHEN owner.is_away AND member.role = ANY(owner.roles) THEN 3
                   WHEN member.role = asked.role OR asked.role = '{ANYONE}' THEN 4
                   WHEN member.role = %(coordinator)s THEN 5
                   ELSE 6 END
         WHEN member.role = %(coordinator)s AND NOT is_away THEN 7
         WHEN is_able THEN CASE WHEN member.user_id = asked.person_id THEN 8 ELSE 9 END
         WHEN member.role = %(coordinator)s THEN 10
    END
"""


def _question(table: str, is_action: str, person: str) -> str:
    names = (f"{table}.team_id", f"{table}.it_takes", is_action, person)
    words = (f"{table}.{name}" for name in ("role", "audience", "its_role", "on_day"))
    return f"concat_ws('|', {', '.join((*names, *words))})"


# Answers are looked up by their question in one object. Joined, each row would be compared with each answer: the
# planner thinks that there is one of both, and with ten thousand people that takes minutes.
TOLD: Final = f"""
    asked AS (
        SELECT DISTINCT team_id, it_takes, kind = 'action_due' AS is_action, COALESCE(person_id, 0) AS person_id,
               role, audience, its_role, on_day
          FROM fired
    ),
    answer AS MATERIALIZED (
        SELECT asked.*, found.user_id, found.covers
          FROM asked
          LEFT JOIN LATERAL (
               SELECT array_agg(member.role) AS roles,
                      {_AWAY.format(person="asked.person_id")} AS is_away,
                      (SELECT absence.cover_id FROM followup_absence absence
                        WHERE absence.person_id = asked.person_id AND absence.withdrawn_at IS NULL
                          AND asked.on_day BETWEEN absence.from_on AND absence.until_on
                        ORDER BY absence.id DESC LIMIT 1) AS cover_id
                 FROM accounts_membership member
                 JOIN accounts_user person
                   ON person.id = member.user_id AND person.is_active AND NOT person.is_machine
                WHERE member.user_id = asked.person_id AND member.team_id = asked.team_id AND member.is_active
                  AND (asked.is_action OR jsonb_exists(%(able)s::jsonb -> asked.it_takes, member.role))
          ) owner ON owner.roles IS NOT NULL
          LEFT JOIN LATERAL (
               SELECT placed.user_id,
                      asked.audience = 'owner' AND owner.is_away IS TRUE
                      AND placed.user_id <> asked.person_id AS covers
                 FROM (
                       SELECT member.user_id, {_PLACE} AS place, min({_PLACE}) OVER () AS first
                         FROM accounts_membership member
                        CROSS JOIN LATERAL (
                              SELECT jsonb_exists(%(able)s::jsonb -> asked.it_takes, member.role)
                                  OR asked.is_action AND (member.user_id = asked.person_id
                                                          OR member.user_id = owner.cover_id) IS TRUE AS is_able,
                                     {_AWAY.format(person="member.user_id")} AS is_away
                        ) ability
                        WHERE member.team_id = asked.team_id AND member.is_active
                          AND (SELECT person.is_active AND NOT person.is_machine
                                 FROM accounts_user person WHERE person.id = member.user_id)
                 ) placed
                WHERE placed.place = placed.first
                GROUP BY placed.user_id
          ) found ON true
    ),
    answers AS MATERIALIZED (
        SELECT jsonb_object_agg(question, whom) AS whom
          FROM (
               SELECT {_question("answer", "is_action", "person_id")} AS question,
                      jsonb_agg(jsonb_build_array(user_id, covers)) AS whom
                 FROM answer GROUP BY 1
          ) each
    ),
    told AS (
        SELECT fired.*, COALESCE((one.answer ->> 0)::bigint, fired.person_id) AS told_id,
               COALESCE((one.answer ->> 1)::boolean, false) AS covers
          FROM fired
         CROSS JOIN answers
         CROSS JOIN LATERAL jsonb_array_elements(
               answers.whom -> {_question("fired", "fired.kind = 'action_due'", "COALESCE(fired.person_id, 0)")}
         ) one (answer)
         WHERE (one.answer ->> 0 IS NOT NULL OR fired.audience = 'owner' AND fired.person_id IS NOT NULL)
           AND (fired.team_id = ANY({_SANDBOXES})) IS NOT TRUE
    )
"""


def values() -> dict[str, Any]:
    """What it asks with: by what a reminder takes, the roles that can do it."""
    able = {permission.name: sorted(roles_with(permission)) for permission in Permission}
    return {"coordinator": Role.COORDINATOR.value, "able": Jsonb(able)}
