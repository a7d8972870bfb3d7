"""The MDT room through the API."""
