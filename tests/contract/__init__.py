"""What every channel promises."""
