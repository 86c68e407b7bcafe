"""Measured speed: this product and a stock Rasa project, side by side on one machine."""
