"""Figures of a run, each with its formula. Pure.

``sip_times``  RFC 6076 from a call's ladder      ``emodel``     MOS by ITU-T G.107
``registering`` the same of registrations
``quantiles``  percentiles by HDR histogram       ``figures``    all figures of a run
"""
