//! One HTML file that says what was found, to somebody who was not there.
//!
//! It carries everything inside: no scripts, no fonts, no links to elsewhere. It prints, follows
//! the reader's light or dark preference, and takes nothing that came from the data for markup.
//!
//! | file | |
//! |---|---|
//! | `sections.rs` | the sections, in order |
//! | `tables.rs` | models, metrics and columns |
//! | `html.rs` | a page of escaped parts |
//! | `style.css` | the look |

mod html;
mod sections;
mod tables;
#[cfg(test)]
mod tests;

use crate::evaluate::Judged;
use crate::language::{Language, Text};
use crate::plots::Drawn;
use domain::results::Prepared;
use html::Page;

/// Everything that a report or a model card speaks of.
#[derive(Clone, Copy, Debug)]
pub struct Story<'a> {
    /// The pipeline's name, for people.
    pub name: &'a str,
    /// The column that is predicted.
    pub target: &'a str,
    /// What preparation found.
    pub prepared: &'a Prepared,
    /// What evaluation found.
    pub judged: &'a Judged,
    /// The plots, in the order in which they are shown.
    pub plots: &'a [Drawn],
    /// Start of all chance.
    pub seed: u64,
    /// Whether the same work gives the same numbers again: a budget in seconds does not.
    pub repeats: bool,
    /// The program's version.
    pub version: &'a str,
}

/// The report as one HTML file.
#[must_use]
pub fn html(story: &Story<'_>, language: Language) -> String {
    let title = format!("{} : {}", language.text(Text::ReportTitle), story.name);
    let title = language.of(title.clone(), title.replace(" : ", ": "));
    let mut page = Page::new(&title, language);
    sections::heading(&mut page, story);
    sections::in_short(&mut page, story);
    sections::careful(&mut page, story);
    sections::asked(&mut page, story);
    sections::models(&mut page, story);
    sections::measures(&mut page, story);
    sections::plots(&mut page, story);
    sections::data(&mut page, story);
    sections::provenance(&mut page, story);
    page.finish()
}
