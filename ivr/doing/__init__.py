"""Doing the steps: a small function for each kind, found by ``table``; what they have at hand is a ``walk.Walk``."""

from ivr.doing.table import DOING, Doing
from ivr.doing.walk import FLOW_KEYS, MOST_AGAIN, SECRET, FlowEnd, Frame, Walk

__all__ = ["DOING", "FLOW_KEYS", "MOST_AGAIN", "SECRET", "Doing", "FlowEnd", "Frame", "Walk"]
