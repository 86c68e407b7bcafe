"""Measuring the whole product from outside: a private installation, real messages, figures."""
