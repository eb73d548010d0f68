"""Periodic work on one namespace at a time: `@job` declares it, `job_perform` does it, beat asks for it.

A job is a function of a `Work`. It goes through its namespace in small steps, each a transaction that also keeps how
far it has come, so a killed run is taken up where it stopped and nothing is done twice.
"""

from learning.jobs.perform import Outcome, job_perform
from learning.jobs.registry import Job, job, jobs
from learning.jobs.work import OverBudget, Work

__all__ = ["Job", "Outcome", "OverBudget", "Work", "job", "job_perform", "jobs"]
