"""SIP callers and softphones."""
