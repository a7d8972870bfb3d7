"""How allauth behaves here: accounts are made by administrators, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignUp(DefaultAccountAdapter):
    """Signs people in; opens no accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
