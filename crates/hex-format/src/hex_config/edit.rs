//! The smallest change of a text that turns the term in it into another one.
//!
//! Entries of maps and lists are put in and taken out, values are replaced, and everything between them stays: comments,
//! line breaks, order. What is put in and taken out again leaves the text as it was.

use std::ops::Range;

use crate::erlang::outline::{Outline, Parts, outline};
use crate::erlang::print_pretty;
use crate::term::Term;

/// The line length of Erlang's pretty printer, less what joins key and value.
const LINE: usize = 76;

/// The text of a form, full stop included, changed from `old` to `new`. `None` if only printing it anew will do.
pub(super) fn edit(form: &str, old: &Term, new: &Term) -> Option<String> {
    let outline = outline(form)?;
    let mut edits = Vec::new();
    Editor { text: form, edits: &mut edits }.change(&outline, old, new);
    edits.sort_by_key(|(range, _): &(Range<usize>, String)| (range.start, range.end));
    let mut text = form.to_owned();
    for (range, replacement) in edits.into_iter().rev() {
        text.replace_range(range, &replacement);
    }
    Some(text)
}

struct Editor<'a> {
    text: &'a str,
    edits: &'a mut Vec<(Range<usize>, String)>,
}

impl Editor<'_> {
    fn change(&mut self, at: &Outline, old: &Term, new: &Term) {
        if old == new {
            return;
        }
        let done = match (&at.parts, old, new) {
            (Parts::Tuple(parts), Term::Tuple(old), Term::Tuple(new)) if old.len() == new.len() => {
                self.each(parts, old, new)
            }
            (Parts::List(parts), Term::List(old), Term::List(new)) => self.list(parts, old, new),
            (Parts::Map(parts), Term::Map(old), Term::Map(new)) => self.map(parts, old, new),
            _ => None,
        };
        if done.is_none() {
            self.replace(at.range.clone(), new);
        }
    }

    fn replace(&mut self, range: Range<usize>, new: &Term) {
        let printed = self.printed(new, self.column(range.start));
        // What was to be changed inside is part of this now.
        self.edits.retain(|(inner, _)| inner.start < range.start || inner.end > range.end);
        self.edits.push((range, printed));
    }

    /// Part by part.
    fn each(&mut self, parts: &[Outline], old: &[Term], new: &[Term]) -> Option<()> {
        (parts.len() == old.len()).then_some(())?;
        for ((part, old), new) in parts.iter().zip(old).zip(new) {
            self.change(part, old, new);
        }
        Some(())
    }

    /// What begins and ends alike stays; between, there is more, or less, or something else.
    fn list(&mut self, parts: &[Outline], old: &[Term], new: &[Term]) -> Option<()> {
        (parts.len() == old.len() && !old.is_empty() && !new.is_empty()).then_some(())?;
        let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let rest = old.len().min(new.len()) - head;
        let tail =
            old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| old == new).count();
        let (gone, come) = (head..old.len() - tail, head..new.len() - tail);
        if gone.len() == come.len() {
            return self.each(&parts[gone.clone()], &old[gone], &new[come]);
        }
        let ranges: Vec<Range<usize>> = parts.iter().map(|part| part.range.clone()).collect();
        if come.is_empty() {
            return self.remove(&ranges, gone);
        }
        gone.is_empty().then_some(())?;
        let entries = come.map(|index| (None, &new[index]));
        self.insert(&ranges, head, entries.collect())
    }

    /// Keys that stay keep their place; the order of keys says nothing.
    fn map(
        &mut self,
        parts: &[(Outline, Outline)],
        old: &[(Term, Term)],
        new: &[(Term, Term)],
    ) -> Option<()> {
        let stays = |key: &Term| new.iter().find(|(other, _)| other == key);
        (parts.len() == old.len() && old.iter().any(|(key, _)| stays(key).is_some())).then_some(())?;
        let unique = |pairs: &[(Term, Term)]| {
            (0..pairs.len()).all(|one| pairs[..one].iter().all(|other| other.0 != pairs[one].0))
        };
        (unique(old) && unique(new)).then_some(())?;
        let ranges: Vec<Range<usize>> =
            parts.iter().map(|(key, value)| key.range.start..value.range.end).collect();
        let gone: Vec<usize> = (0..old.len()).filter(|&index| stays(&old[index].0).is_none()).collect();
        let come = new.iter().any(|(key, _)| old.iter().all(|(other, _)| other != key));
        // Both at once could meet in one place.
        (gone.is_empty() || !come).then_some(())?;
        for (part, (key, value)) in parts.iter().zip(old) {
            if let Some((_, new)) = stays(key) {
                self.change(&part.1, value, new);
            }
        }
        for run in runs(&gone) {
            self.remove(&ranges, run)?;
        }
        let mut index = 0;
        while index < new.len() {
            let is_new = |(key, _): &(Term, Term)| old.iter().all(|(other, _)| other != key);
            let count = new[index..].iter().take_while(|pair| is_new(pair)).count();
            if count > 0 {
                // Before the key that follows, or after the last.
                let next = new.get(index + count);
                let place = next.and_then(|(key, _)| old.iter().position(|(other, _)| other == key));
                let entries =
                    new[index..index + count].iter().map(|(key, value)| (Some(key), value)).collect();
                self.insert(&ranges, place.unwrap_or(old.len()), entries)?;
            }
            index += count.max(1);
        }
        Some(())
    }

    /// Puts entries before that at `place`, or after the last.
    fn insert(
        &mut self,
        ranges: &[Range<usize>],
        place: usize,
        entries: Vec<(Option<&Term>, &Term)>,
    ) -> Option<()> {
        let beside = ranges.get(place).or(ranges.last())?;
        let column = self.column(beside.start);
        let line = format!("\n{}", " ".repeat(column));
        let texts: Vec<String> = entries
            .into_iter()
            .map(|(key, value)| match key {
                Some(key) => self.entry(key, value, column),
                None => self.printed(value, column),
            })
            .collect();
        match ranges.get(place) {
            Some(next) => {
                let text: String = texts.iter().map(|text| format!("{text},{line}")).collect();
                self.edits.push((next.start..next.start, text));
            }
            None => {
                let text: String = texts.iter().map(|text| format!(",{line}{text}")).collect();
                self.edits.push((beside.end..beside.end, text));
            }
        }
        Some(())
    }

    /// An entry of a map: on one line if it fits, else the value on one of its own.
    fn entry(&self, key: &Term, value: &Term, column: usize) -> String {
        let (key, value) = (print_pretty(key), print_pretty(value));
        if !value.contains('\n') && column + key.len() + value.len() < LINE {
            return format!("{key} => {value}");
        }
        let indent = format!("\n{}", " ".repeat(column + 4));
        format!("{key} =>{indent}{}", value.replace('\n', &indent))
    }

    /// Takes neighbours out, with one of the commas around them.
    fn remove(&mut self, ranges: &[Range<usize>], gone: Range<usize>) -> Option<()> {
        let (first, last) = (&ranges[gone.start], &ranges[gone.end - 1]);
        let range = match (ranges.get(gone.end), gone.start.checked_sub(1)) {
            // To the next one, if there is nothing but the comma between them.
            (Some(next), _) if self.is_plain(last.end..next.start) => first.start..next.start,
            (None, Some(before)) if self.is_plain(ranges[before].end..first.start) => {
                ranges[before].end..last.end
            }
            // Comments: only printing anew will do.
            _ => return None,
        };
        self.edits.push((range, String::new()));
        Some(())
    }

    fn is_plain(&self, range: Range<usize>) -> bool {
        self.text[range].chars().all(|c| c == ',' || c.is_whitespace())
    }

    /// Characters between the last line break and `at`.
    fn column(&self, at: usize) -> usize {
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        self.text[start..at].chars().count()
    }

    fn printed(&self, term: &Term, column: usize) -> String {
        print_pretty(term).replace('\n', &format!("\n{}", " ".repeat(column)))
    }
}

/// Numbers that follow each other, as ranges.
fn runs(numbers: &[usize]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some(run) if run.end == number => run.end += 1,
            _ => runs.push(number..number + 1),
        }
    }
    runs
}
