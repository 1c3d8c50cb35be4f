"""Values and buffers of the media lane. Modules are imported by name; this package imports none of them."""
