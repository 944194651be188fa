"""Pure: what a letter is and who wrote it, `(Letter, Books, Rules) -> (Actor, Event)`. No I/O, no clock, no chance."""
