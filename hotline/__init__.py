"""The service: settings, wiring, command line. It composes the other rooms and decides nothing.

====================================  ==============================================================================
``service``                           the composition root: makes every part, starts and stops them (``reloading``: it
                                      takes edited files, or a kept version, while calls go on)
``front_door``, ``overload``          who is let in when more comes than can be carried (``overload_settings``)
``reception``                         one coroutine per call, from ring to hang-up
``caller_services``, ``desks``        what a flow's steps need from the other rooms
``takeover``, ``former_recordings``   what a service that died left behind: calls, talks, recordings
``callbacks`` and its likes           people who are called back, one coroutine each
``prompt_shelf``, ``prompt_desk``     the prompts in use; recording and playing one at a seat
``prompt_files``                      the prompts of the files that people edit
``call_timeline``                     the events of open calls, on their way to journal and metrics
``settings``, ``settings_file``       what can be set (``settings_groups``, ``recording_settings``, ``ticket_settings``,
                                      ``report_settings``), and reading it; ``settings_docs`` writes docs/settings.md
``supervise``, ``serve``              ``hotline up``, and the child process that it keeps running; ``watchdog``,
                                      ``memory``
``go_betweens``                       what one room asks for out of another
``versions``                          copies of the files that people edit, as they run
``asterisk_plan``                     from settings and directory to what Asterisk is given
``talk_desk``, ``talk_orders``        conversations: whom a wish means, what is written down; orders by command
``passing_on``, ``dialling_out``      callers passed on to departments and agents; calls that agents make
``department_book``, ``to_department``  how departments stand now; bringing callers there
``listening``, ``audit``              supervisors in somebody's talk, and who did so when
``queue_plans``, ``waiting_voice``    what a caller asks of the router; what those who wait hear
``flow_files``, ``flow_outside``      flows of files and versions; facts, look-ups and PINs for them (``flow_*``)
``service_desk``                      closing by order, the announcement of the day, the service line
``recording_room`` and its likes      who is recorded, finishing, deletion (``recording_*``, ``purging``)
``ticket_door``, ``ticket_rules``     what callers may hear of tickets; their rules; ``overdue`` escalates them
``retention``                         calls and closed tickets that are older than they may be go, daily
``reconciliation``                    agents and calls against Asterisk's channels, every few seconds
``wrong_tries``                       wrong PINs and numbers, counted
``generated``                         months made up, to try reports on
``http``, ``views``, ``metrics``      the control API, /metrics and /health (``control_pages``: what it shows and takes)
``logging``, ``masking``              structlog to a file that never blocks; telephone numbers masked
``checks``                            ``hotline check``
``banner``, ``demo``                  what people see of ``make run`` and ``make demo``
``cli``                               the command line
====================================  ==============================================================================

Nothing imports this room; it exports nothing.
"""
