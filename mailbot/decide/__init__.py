"""Pure: what follows from an event, `(Books, Event, Given) -> Decision`. No I/O; time and chance come with `Given`."""
