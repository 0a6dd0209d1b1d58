//! `mix.exs`: tuples such as `{:phoenix, "~> 1.7", only: :dev}`, and the older `[phoenix: "~> 1.7"]`.

use std::collections::HashMap;
use std::path::Path;

use hex_format::requirement::Requirement;

use super::elixir::{Token, tokens};
use super::{Asked, Declaration, DeclaredError, children, read};

const MANIFEST: &str = "mix.exs";
/// Most words of one dependency.
const MAX_WORDS: usize = 200;
/// Options by which a dependency does not come from Hex.
const ELSEWHERE: [&str; 4] = ["git", "github", "path", "in_umbrella"];

/// What the `mix.exs` of a folder asks for, and those of the applications of an umbrella; nothing if there is none.
///
/// # Errors
/// When a file can't be read.
pub fn mix(folder: &Path) -> Result<Vec<Declaration>, DeclaredError> {
    let Some(text) = read(folder, MANIFEST)? else { return Ok(Vec::new()) };
    let words = tokens(&text);
    let mut declared = declarations(&words, MANIFEST);
    if let Some(apps) = apps_path(&words) {
        for path in children(folder, apps, MANIFEST) {
            if let Some(text) = read(folder, &path)? {
                declared.extend(declarations(&tokens(&text), &path));
            }
        }
    }
    Ok(declared)
}

/// `apps_path: "apps"`.
fn apps_path(words: &[Token]) -> Option<&str> {
    words.windows(2).find_map(|pair| match pair {
        [Token::Key(key), Token::Text(path)] if key == "apps_path" => Some(path.as_str()),
        _ => None,
    })
}

/// The dependencies of one manifest.
pub(super) fn declarations(words: &[Token], source: &str) -> Vec<Declaration> {
    let attributes = attributes(words);
    let mut declared = Vec::new();
    for (at, window) in words.windows(3).enumerate() {
        if let [Token::Sign('{'), Token::Atom(name), Token::Sign(',' | '}')] = window
            && let Some(arguments) = arguments(&words[at + 1..])
            && let Some((asked, only)) = dependency(&arguments[1..], &attributes)
        {
            declared.push(Declaration { source: source.to_owned(), name: name.clone(), asked, only });
        }
    }
    for (name, text) in keywords(words) {
        if text.parse::<Requirement>().is_ok() && !declared.iter().any(|it| it.name == name) {
            let asked = Asked::Text(text.to_owned());
            let (source, name) = (source.to_owned(), name.to_owned());
            declared.push(Declaration { source, name, asked, only: Vec::new() });
        }
    }
    declared
}

/// Pairs of names and texts in lists, which is where the older form is; those of tuples are options.
fn keywords(words: &[Token]) -> Vec<(&str, &str)> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for (at, word) in words.iter().enumerate() {
        match (word, words.get(at + 1)) {
            (Token::Sign(bracket @ ('{' | '[' | '(')), _) => open.push(*bracket),
            (Token::Sign('}' | ']' | ')'), _) => drop(open.pop()),
            (Token::Key(name), Some(Token::Text(text))) if open.last() == Some(&'[') => {
                found.push((name.as_str(), text.as_str()));
            }
            _ => {}
        }
    }
    found
}

/// Texts of module attributes: `@version "1.0.0"`.
fn attributes<'a>(words: &'a [Token]) -> HashMap<&'a str, &'a str> {
    let attribute = |words: &'a [Token]| match words {
        [Token::Sign('@'), Token::Name(name), Token::Text(text)] => Some((name.as_str(), text.as_str())),
        _ => None,
    };
    words.windows(3).filter_map(attribute).collect()
}

/// The parts of a tuple, from its first word on; none if it is longer than any dependency.
fn arguments(words: &[Token]) -> Option<Vec<&[Token]>> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, word) in words.iter().enumerate().take(MAX_WORDS) {
        match word {
            Token::Sign('{' | '[' | '(') => depth += 1,
            Token::Sign('}' | ']' | ')') if depth > 0 => depth -= 1,
            Token::Sign('}') => {
                parts.push(&words[start..at]);
                return Some(parts);
            }
            Token::Sign(',') if depth == 0 => {
                parts.push(&words[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// What a dependency on a Hex package asks for, and where it is needed. `None` for any other tuple.
fn dependency(arguments: &[&[Token]], attributes: &HashMap<&str, &str>) -> Option<(Asked, Vec<String>)> {
    let is_option = |words: &&[Token]| {
        matches!(words, [Token::Key(_), ..] | [Token::Sign('['), Token::Key(_), ..])
            || matches!(words, [Token::Sign('['), Token::Sign(']')])
    };
    let (asked, options) = match arguments {
        [first, ..] if is_option(first) => (Asked::Any, arguments),
        [[Token::Text(text)], options @ ..] => (Asked::Text(text.clone()), options),
        [[Token::Sign('@'), Token::Name(name)], options @ ..] => {
            let text = attributes.get(name.as_str());
            (text.map_or(Asked::Computed, |text| Asked::Text((*text).to_owned())), options)
        }
        [[Token::Name(nil)], options @ ..] if nil == "nil" => (Asked::Any, options),
        [_, options @ ..] => (Asked::Computed, options),
        [] => return None,
    };
    if !options.iter().all(is_option) {
        return None;
    }
    let words: Vec<&Token> = options.iter().flat_map(|words| words.iter()).collect();
    let is_elsewhere = |word: &&Token| matches!(word, Token::Key(key) if ELSEWHERE.contains(&key.as_str()));
    if words.iter().any(is_elsewhere) {
        return None;
    }
    Some((asked, only(&words)))
}

/// `only: :dev`, `only: [:dev, :test]` or `only: ~w(dev test)a`.
fn only(words: &[&Token]) -> Vec<String> {
    let is_only = |word: &&Token| matches!(word, Token::Key(key) if key == "only");
    let Some(at) = words.iter().position(is_only) else { return Vec::new() };
    match &words[at + 1..] {
        [Token::Atom(one), ..] => vec![one.clone()],
        [Token::Words(several), ..] => several.clone(),
        [Token::Sign('['), list @ ..] => list
            .iter()
            .take_while(|word| ***word != Token::Sign(']'))
            .filter_map(|word| if let Token::Atom(one) = word { Some(one.clone()) } else { None })
            .collect(),
        _ => Vec::new(),
    }
}
