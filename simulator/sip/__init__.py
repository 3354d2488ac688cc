"""SIP as the simulator speaks it (RFC 3261, 3264): messages, digest, SDP, transactions, dialogs, transport.

``sip.wire``          parsing made tolerant and building made easy, on ``sipmessage``
``sip.digest``        answering (and, for tests, checking) digest challenges
``sip.sdp``           audio offers and answers
``sip.timers``        T1, T2, T4 and what follows from them
``sip.transactions``  client and server transactions with retransmission
``sip.dialog``        tags, sequence numbers, route set, remote target
``sip.transport``     one UDP socket
``sip.stream``        one TCP or TLS connection; ``sip.framing`` cuts messages out of it
"""
