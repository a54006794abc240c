"""The worker: runs jobs, each in the scope of its tenant."""
