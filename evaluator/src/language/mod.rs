//! French and English: words, numbers, and messages.
//!
//! Programs speak to programs in codes ([`domain::Message`]); a report has to speak itself. All
//! that it says stands in tables here, so that a third language is one more column.

mod french;
mod messages;
mod names;
mod numbers;
#[cfg(test)]
mod tests;
mod texts;

pub(crate) use texts::Text;

/// The language that a report and its plots speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// French, which the platform speaks unless told otherwise.
    #[default]
    French,
    /// English.
    English,
}

impl Language {
    /// Every language that documents are written in.
    pub const ALL: [Self; 2] = [Self::French, Self::English];

    /// Its code in HTML and in HTTP.
    ///
    /// ```
    /// assert_eq!(evaluator::Language::French.code(), "fr");
    /// ```
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }

    /// The language of a tag as in `Accept-Language` (`fr`, `en-GB`, …); French for all others.
    ///
    /// ```
    /// use evaluator::Language;
    /// assert_eq!(Language::from_tag("en-GB"), Language::English);
    /// assert_eq!(Language::from_tag("ar"), Language::French);
    /// ```
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.trim().eq_ignore_ascii_case("en") {
            Self::English
        } else {
            Self::French
        }
    }

    /// `text` with spaces that do not break where French puts one before its punctuation.
    pub(crate) fn typeset(self, text: &str) -> String {
        match self {
            Self::English => text.to_owned(),
            Self::French => text
                .replace(" :", "\u{a0}:")
                .replace(" ;", "\u{a0};")
                .replace(" %", "\u{a0}%")
                .replace("« ", "«\u{a0}")
                .replace(" »", "\u{a0}»"),
        }
    }

    /// One of two texts.
    pub(crate) fn of<T>(self, french: T, english: T) -> T {
        match self {
            Self::French => french,
            Self::English => english,
        }
    }
}
