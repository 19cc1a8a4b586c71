"""What a status page says, from plain values: words, bars, feeds, badge, colours."""
