"""What runs in worker processes. Apart from ``offline``, so that a worker loads nothing it does not need."""
