"""What a trial asks of a patient, as data, and what the record says to it: pure Python."""
