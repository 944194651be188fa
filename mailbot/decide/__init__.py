"""Pure: what follows from an event, `(Books, Event, Given) -> Decision`. No I/O; time and chance come with `Given`.

Read dispatch.py first, then states.py with conditions.py: the one door, and the table that everybody obeys. Then:

    a booking page wrote      intake finding
    the office decides        reviewing cancelling addressing noting settling undoing
    its digest, and numbers   digest digest_answers page silence series pausing
    its money                 billing numbers papers reviews discounting repricing putting_off
    door codes                codes trivial releasing new_code places season season_list desk_codes
    customer and office talk  talking wishes messages occupancy
    the clock                 due deadlines office_days elapsed overtaken unheard
    a person has to look      oddities letters suspicions supplying mending late_codes watching
    asked, or asked back      refusals brake listing history
    how a mail is ordered     orders outcome writers day_writers talk_writers done stale wording
    kept no longer            finished forgetting erasing
"""
