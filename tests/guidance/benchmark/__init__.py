"""Invented cases with the answers that the guidance asks for, and a script that puts them to any program."""
