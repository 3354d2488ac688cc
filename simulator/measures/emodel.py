"""How good a talk sounded: the E-model (ITU-T G.107) with the figures of G.711 (ITU-T G.113, appendix I).

    R = 93.2 - Idd - Ie,eff                 93.2: all else as G.107 has it by default, no echo
    Idd     = 0 up to 100 ms; beyond 25 ((1 + X^6)^(1/6) - 3 (1 + (X/3)^6)^(1/6) + 2), X = log2(Ta / 100 ms)
    Ie,eff  = 95 Ppl / (Ppl / BurstR + Bpl)  (Ie of G.711 is 0)
    MOS     = 1 + 0.035 R + R (R - 60) (100 - R) 7e-6

``Bpl`` is 25.1: a phone that conceals lost packets, as nearly all do (4.3 is one that plays a hole).
"""

import math

R_BEST = 93.2
BPL_CONCEALED = 25.1
BPL_PLAIN = 4.3
FRAME_MS = 20.0


def mouth_to_ear_ms(network_ms: float, jitter_ms: float) -> float:
    """Return the delay that people hear: the network's, the packet's own, and a jitter buffer of twice the jitter."""
    return network_ms + FRAME_MS + max(2 * jitter_ms, FRAME_MS)


def burst_ratio(lost: int, losses: int, share: float) -> float:
    """Return BurstR: the mean length of losses, over what it would be were each packet lost by itself."""
    if lost <= 0 or losses <= 0:
        return 1.0
    return max(lost / losses * (1 - share), 1.0)


def delay_impairment(mouth_to_ear: float) -> float:
    """Return Idd for a delay in milliseconds."""
    if mouth_to_ear <= 100.0:
        return 0.0
    x = math.log2(mouth_to_ear / 100.0)
    return float(25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2))


def loss_impairment(share: float, burst: float = 1.0, bpl: float = BPL_CONCEALED) -> float:
    """Return Ie,eff of G.711 for a part of packets lost (0 to 1)."""
    percent = share * 100
    return 95 * percent / (percent / burst + bpl)


def rating(mouth_to_ear: float, share: float, burst: float = 1.0, bpl: float = BPL_CONCEALED) -> float:
    """Return R."""
    return R_BEST - delay_impairment(mouth_to_ear) - loss_impairment(share, burst, bpl)


def mos(r: float) -> float:
    """Return the mean opinion score (1 to 4.5) of an R."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6, 1.0)
