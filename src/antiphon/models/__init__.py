"""What can think and speak: the interfaces every provider fills, and the pipeline that makes parts one model."""
