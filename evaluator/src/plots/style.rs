//! The look that all plots share: colours, sizes, and how wide a text is.

use plotters::style::RGBColor;
use std::collections::HashSet;

/// Width of every plot, in pixels.
pub(crate) const WIDTH: f64 = 640.0;
/// Size of numbers along an axis and in a legend.
pub(crate) const SMALL: f64 = 11.5;
/// Size of axis titles and of labels.
pub(crate) const NORMAL: f64 = 13.0;

/// The background.
pub(crate) const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Text.
pub(crate) const INK: RGBColor = RGBColor(0x1F, 0x29, 0x33);
/// Text that should not draw the eye.
pub(crate) const MUTED: RGBColor = RGBColor(0x5F, 0x6B, 0x7A);
/// Lines behind the data.
pub(crate) const GRID: RGBColor = RGBColor(0xE4, 0xE8, 0xED);
/// Data that is only there for comparison.
pub(crate) const FAINT: RGBColor = RGBColor(0xA9, 0xB3, 0xBE);
/// Text on a filled cell; differs from [`PAPER`] by one step so that the dark theme can tell.
pub(crate) const ON_FILL: RGBColor = RGBColor(0xFF, 0xFF, 0xFE);
/// The colour of the one thing that a plot is about.
pub(crate) const MAIN: RGBColor = SERIES[0];
/// The colour of what stands against it.
pub(crate) const CONTRAST: RGBColor = SERIES[1];

/// Okabe and Ito's palette, which people with any kind of colour vision can tell apart; its
/// yellow and black are left out because one drowns in white and the other is the text's.
pub(crate) const SERIES: [RGBColor; 6] = [
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
];

/// What each colour becomes where the reader prefers a dark page.
const DARK: [(RGBColor, &str); 12] = [
    (PAPER, "#161B22"),
    (INK, "#E6EAF0"),
    (MUTED, "#9DA9B7"),
    (GRID, "#2C343E"),
    (FAINT, "#566270"),
    (ON_FILL, "#0B0F14"),
    (SERIES[0], "#4AA8E0"),
    (SERIES[1], "#F0803C"),
    (SERIES[2], "#2DBE94"),
    (SERIES[3], "#DD9BC1"),
    (SERIES[4], "#EDB23E"),
    (SERIES[5], "#9AD3F5"),
];

/// The colour as plotters writes it.
fn hex(color: RGBColor) -> String {
    format!("#{:02X}{:02X}{:02X}", color.0, color.1, color.2)
}

/// The style sheet inside every plot: fonts by name only, and the dark theme.
///
/// Plotters writes colours as attributes, so that any viewer shows the light theme; the rules
/// below replace them where the viewer knows style sheets. Paper keeps the class's background.
pub(crate) fn sheet() -> String {
    let mut dark = String::new();
    for (light, replacement) in DARK {
        let light = hex(light);
        dark.push_str(&format!(
            ".ml-plot [fill=\"{light}\"]{{fill:{replacement}}}\
             .ml-plot [stroke=\"{light}\"]{{stroke:{replacement}}}"
        ));
    }
    format!(
        "<style>.ml-plot text{{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',\
         'Helvetica Neue',Arial,sans-serif;font-variant-numeric:tabular-nums}}\
         .ml-plot polyline{{stroke-linejoin:round;stroke-linecap:round}}\
         @media screen and (prefers-color-scheme:dark){{{dark}}}</style>"
    )
}

/// About how wide `text` is in a common sans-serif font of `size` pixels.
///
/// Nobody knows which font the reader has; the widths are those of DejaVu Sans, the widest of the
/// usual ones, so that a label never runs into its neighbour.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(char_width).sum::<f64>() * size
}

fn char_width(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' | 'I' => 0.30,
        ' ' | '.' | ',' | ':' | ';' | '!' | '\u{a0}' => 0.34,
        '\u{202f}' => 0.2,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 0.41,
        'm' | '%' | '@' | '\u{2026}' => 0.98,
        'M' | 'W' | 'w' | '+' | '=' | '<' | '>' | '~' => 0.86,
        'A'..='Z' => 0.70,
        // Ideographs and other full-width signs fill a square.
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'.. => 1.05,
        _ => 0.63,
    }
}

/// `text`, with its middle replaced by `…` where it is wider than `room` pixels.
///
/// The middle goes because names in one column often share their beginning
/// (`income_2019`, `income_2020`) or their end.
pub(crate) fn ellipsize(text: &str, size: f64, room: f64) -> String {
    if text_width(text, size) <= room {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    for keep in (1..chars.len()).rev() {
        let head = keep.div_ceil(2);
        let tail = chars.len() - (keep - head);
        let short: String = chars[..head]
            .iter()
            .chain(&['…'])
            .chain(&chars[tail..])
            .collect();
        if text_width(&short, size) <= room {
            return short;
        }
    }
    "…".to_owned()
}

/// [`ellipsize`] for texts that stand together and must stay different: where the middle is what
/// differs (`course 3 (year 2)`), the beginning and the end that all share are cut instead.
pub(crate) fn ellipsize_all<S: AsRef<str>>(texts: &[S], size: f64, room: f64) -> Vec<String> {
    let plain = |text: &S| ellipsize(text.as_ref(), size, room);
    let short: Vec<String> = texts.iter().map(plain).collect();
    let different: HashSet<&str> = short.iter().map(String::as_str).collect();
    let originals: HashSet<&str> = texts.iter().map(AsRef::as_ref).collect();
    if different.len() == originals.len() {
        return short;
    }
    let chars: Vec<Vec<char>> = texts.iter().map(|t| t.as_ref().chars().collect()).collect();
    let head = shared(&chars, |text, place| text.get(place));
    let tail = shared(&chars, |text, place| text.iter().nth_back(place));
    let cut = |(text, short): (&Vec<char>, &String)| {
        if text.iter().eq(short.chars().collect::<Vec<_>>().iter()) {
            return short.clone();
        }
        let end = text.len().saturating_sub(tail).max(head);
        let core: String = text[head..end].iter().collect();
        // As much of the beginning as there is room for.
        let starts = (0..head.min(8)).rev().map(|keep| (&text[..keep], "…"));
        let starts = std::iter::once((&text[..head], "")).chain(starts);
        let mut tries = starts.map(|(start, mark)| {
            let start: String = start.iter().collect();
            format!("{start}{mark}{core}{}", if tail > 0 { "…" } else { "" })
        });
        let fitting = tries.find(|text| text_width(text, size) <= room);
        fitting.unwrap_or_else(|| ellipsize(&core, size, room))
    };
    chars.iter().zip(&short).map(cut).collect()
}

/// How many characters all texts share, counted by `at`.
fn shared(texts: &[Vec<char>], at: impl Fn(&[char], usize) -> Option<&char>) -> usize {
    let Some((first, others)) = texts.split_first() else {
        return 0;
    };
    let shortest = texts.iter().map(Vec::len).min().unwrap_or(0);
    let alike = |place: &usize| {
        others
            .iter()
            .all(|text| at(text, *place) == at(first, *place))
    };
    (0..shortest).take_while(alike).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_both_ends_and_fits() {
        let text = "number_of_previous_enrolments_in_2019";
        let short = ellipsize(text, SMALL, 120.0);
        assert!(
            short.starts_with("number") && short.ends_with("2019"),
            "{short}"
        );
        assert!(text_width(&short, SMALL) <= 120.0);
        assert_eq!(ellipsize("short", SMALL, 120.0), "short");
    }

    #[test]
    fn names_that_differ_in_the_middle_stay_different() {
        let names: Vec<String> = (0..30)
            .map(|i| format!("programme number {i} (bachelor, three years)"))
            .collect();
        let short = ellipsize_all(&names, SMALL, 110.0);
        let different: HashSet<&String> = short.iter().collect();
        assert_eq!(different.len(), 30, "{short:?}");
        assert!(short.iter().all(|name| text_width(name, SMALL) <= 110.0));
        assert!(short[17].contains("17"), "{}", short[17]);
        assert_eq!(
            ellipsize_all(&["same", "same"], SMALL, 110.0),
            ["same", "same"]
        );
    }

    #[test]
    fn any_text_survives_any_room() {
        for text in ["", "é", "日本語のクラス", "🦀🦀🦀"] {
            for room in [0.0, 5.0, 20.0] {
                let _ = ellipsize(text, SMALL, room);
            }
        }
    }

    #[test]
    fn every_colour_has_a_dark_counterpart() {
        let sheet = sheet();
        for color in SERIES
            .iter()
            .chain(&[PAPER, INK, MUTED, GRID, FAINT, ON_FILL])
        {
            assert!(sheet.contains(&hex(*color)));
        }
    }
}
