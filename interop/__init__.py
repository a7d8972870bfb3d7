"""One folder for each outside world that we exchange data with."""
