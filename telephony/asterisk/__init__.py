"""Asterisk itself: finding or fetching it, rendering its files, starting it.

===============  =====================================================================================================
``debs``         Debian packages unpacked into a prefix, without root
``program``      the Asterisk to run: the machine's own or the private one
``install``      ``python -m telephony.asterisk.install``: fetch what is missing
``secrets``      passwords made anew for each installation
``certificate``  made anew for each installation, for TLS
``config``       what is rendered, checked
``render``       templates of ``asterisk-config/`` -> Asterisk's own files
``music``        the music on hold and the beep, synthesised
``process``      start, wait until it is up, stop
``ports``        who holds a port; free ports for tests
===============  =====================================================================================================
"""

from telephony.asterisk.certificate import own_certificate
from telephony.asterisk.config import AsteriskConfig, DepartmentLine, SeatAccount
from telephony.asterisk.process import AsteriskFailed, AsteriskProcess
from telephony.asterisk.program import AsteriskProgram, find_asterisk
from telephony.asterisk.render import render, render_for_others
from telephony.asterisk.secrets import Secrets, load_secrets

__all__ = [
    "AsteriskConfig", "AsteriskFailed", "AsteriskProcess", "AsteriskProgram", "DepartmentLine", "SeatAccount",
    "Secrets", "find_asterisk", "load_secrets", "own_certificate", "render",
    "render_for_others",
]  # fmt: skip
