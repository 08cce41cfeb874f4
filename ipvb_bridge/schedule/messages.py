"""Messages of the schedule."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

LOST_LEASE = message(
    "T01",
    en="another process has taken over {job} of {moment}; what this one did does not count",
    nl="een ander proces heeft {job} van {moment} overgenomen; wat dit proces deed telt niet",
    next_en="look why this process was silent so long: a paused machine, a disk that hangs",
    next_nl="kijk waarom dit proces zo lang stil was: een slapende machine, een schijf die hangt",
)
NOTHING_SCHEDULED = message(
    "T02",
    en="nothing is scheduled: no connection has a schedule and there is no monthly cycle",
    nl="er is niets gepland: geen koppeling heeft een schedule en er is geen maandelijkse cyclus",
    next_en='add schedule = "02:30" to a connection in bridge.toml, or a section [schedule.cycle]',
    next_nl='zet schedule = "02:30" bij een koppeling in bridge.toml, of een sectie [schedule.cycle]',
)
