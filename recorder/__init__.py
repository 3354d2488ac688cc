"""Recordings and voicemail."""
