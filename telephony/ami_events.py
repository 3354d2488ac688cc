"""The manager's events that somebody here reads. Asterisk is told to send no others, and others are not even parsed."""

WANTED = frozenset({
    "FullyBooted", "Shutdown",
    "DTMFBegin", "DTMFEnd",  # what is pressed
    "DialBegin", "DialState", "DialEnd", "Hangup", "Hold", "Unhold", "OriginateResponse",  # channels
    "DeviceStateChange", "ContactStatus",  # phones
    "CoreShowChannel", "CoreShowChannelsComplete", "DeviceStateListComplete",  # answers to what is asked
    "ContactList", "ContactListComplete", "DBGetTreeResponse", "DBGetTreeComplete",
})  # fmt: skip
