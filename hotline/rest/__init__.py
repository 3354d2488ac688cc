"""The REST API for other systems and agents' desks: tickets, calls, a caller's history. Its paths begin with ``/v1``.

======================  ===============================================================================
``hotline.rest.tokens``  who asks: bearer tokens of this installation, each with a role
``hotline.rest.bodies``  what may be sent, and what is answered; telephone numbers shown by role
``hotline.rest.asking``  Door: who asks and what they may; noted in the audit log
``hotline.rest.callers`` what is known of a caller; an agent's screen
``hotline.rest.screens`` that screen told whenever it changes, as server-sent events
``hotline.rest.api``     RestApi: what each path does
``hotline.rest.openapi`` the OpenAPI document, made of the same models
======================  ===============================================================================
"""

from hotline.rest.api import RestApi
from hotline.rest.tokens import ApiTokens, Role

__all__ = ["ApiTokens", "RestApi", "Role"]
