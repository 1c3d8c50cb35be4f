"""Parts presented as one model: listening, thinking and speaking, each stage feeding the next as it goes."""

from antiphon.models.pipeline.pipeline import Pipeline

__all__ = ["Pipeline"]
