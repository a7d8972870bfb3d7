"""Addresses of the pages about reminders."""

from django.urls import path

from followup.views import absences, mailbox, reminders, rules, undelivered

urlpatterns = [
    path("reminders/", reminders.inbox, name="reminders"),
    path("reminders/read/", reminders.read_all, name="reminders_read"),
    path("reminders/<int:pk>/read/", reminders.read, name="reminder_read"),
    path("reminders/count/", reminders.count, name="reminder_count"),
    path("reminders/<int:pk>/snooze/", reminders.snooze, name="reminder_snooze"),
    path("reminders/<int:pk>/done/", reminders.done, name="reminder_done"),
    path("reminders/undelivered/", undelivered.undelivered, name="undelivered"),
    path("reminders/undelivered/<int:pk>/again/", undelivered.again, name="mail_again"),
    path("reminders/undelivered/<int:pk>/seen/", undelivered.seen, name="mail_seen"),
    path("reminders/settings/", absences.settings, name="reminder_settings"),
    path("reminders/away/", absences.absences, name="absences"),
    path("reminders/away/<int:pk>/withdraw/", absences.withdraw, name="absence_withdraw"),
    path("reminders/rules/", rules.rule_list, name="rules"),
    path("reminders/rules/ahead/", rules.rules_ahead, name="rules_ahead"),
    path("reminders/rules/new/", rules.rule_new, name="rule_new"),
    path("reminders/rules/<int:pk>/", rules.rule_change, name="rule_change"),
    path("mailbox/", mailbox.mailbox, name="mailbox"),
    path("mailbox/<slug:key>/", mailbox.as_html, name="mailbox_html"),
]
