"""What runs of jobs look like from outside. Never a namespace's name."""

from prometheus_client import Counter, Gauge, Histogram

RUNS = Counter("garner_job_runs", "Runs of jobs, by how they ended.", ["job", "state"])
SECONDS = Histogram(
    "garner_job_seconds",
    "Time of a run of a job on one namespace.",
    ["job"],
    buckets=(0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 1800),
)
CHANGES = Counter("garner_job_changes", "What runs of jobs did and made durable, by kind.", ["job", "kind"])
LAST = Gauge(
    "garner_job_last_success_timestamp_seconds",
    "When a run of the job last ended well.",
    ["job"],
    multiprocess_mode="mostrecent",
)
