"""What runs by the clock: read by the scheduler, shown on the page of jobs."""

from celery.schedules import crontab

SCHEDULE = {
    "show that a worker works": {"task": "audit.tasks.heartbeat", "schedule": 60},
    "forget answers, assertions and tokens that nobody may use again": {
        "task": "accounts.tasks.forget_used",
        "schedule": 3600,
    },
    "deliver what the outbox still holds": {"task": "audit.tasks.sweep_outbox", "schedule": 60},
    "keep partitions of the read log ahead": {"task": "audit.tasks.keep_partitions", "schedule": 24 * 3600},
    "check open plans again when the guidance changed": {
        "task": "treatments.tasks.keep_up_with_guidance",
        "schedule": 600,
    },
    "write and send reminders": {"task": "followup.tasks.remind", "schedule": 60},
    "forget drafts of experts": {
        "task": "followup.tasks.forget_old_drafts",
        "schedule": crontab(hour=2, minute=0),
    },
    "make the meetings of the coming weeks": {
        "task": "mdt.tasks.make_meetings_ahead",
        "schedule": crontab(hour=1, minute=30),
    },
    "close lists at their cut-off": {"task": "mdt.tasks.close_lists", "schedule": 60},
    "bring up what is missing before meetings": {"task": "mdt.tasks.sweep_gaps", "schedule": 600},
    "ask the registry for the trials of the register": {
        "task": "trials.tasks.fetch_held",
        "schedule": crontab(hour=2, minute=30),
    },
    "match every case with every trial": {
        "task": "trials.tasks.match_nightly",
        "schedule": crontab(hour=3, minute=0),
    },
    "take up matching that lost its worker": {"task": "trials.tasks.take_up_runs", "schedule": 300},
    "send what waits for webhooks": {"task": "interop.tasks.sweep_webhooks", "schedule": 60},
    "forget what clients sent long ago": {
        "task": "interop.tasks.forget_exchanges",
        "schedule": crontab(hour=2, minute=50),
    },
    "forget messages of webhooks": {
        "task": "interop.tasks.forget_messages",
        "schedule": crontab(hour=2, minute=45),
    },
}
