//! The Skep binary: arguments, commands, output. Wiring and nothing else.

fn main() {}
