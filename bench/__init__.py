"""Speed and memory of the service, measured as ratios to a bare Django view on the same machine in the same run."""
