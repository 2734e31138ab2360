//! What people write.

use domain::Failure;

/// Refuses a line with characters that nobody can see: two names must not look alike.
pub fn line(field: &str, text: &str) -> Result<(), Failure> {
    without(field, text, char::is_control)
}

/// Refuses a text with characters that nobody can see, ends of lines and tabs excepted.
pub fn lines(field: &str, text: &str) -> Result<(), Failure> {
    without(field, text, |c| {
        c.is_control() && !matches!(c, '\n' | '\r' | '\t')
    })
}

fn without(field: &str, text: &str, bad: impl Fn(char) -> bool) -> Result<(), Failure> {
    if !text.chars().any(bad) {
        return Ok(());
    }
    let text = format!("The {field} holds a character that cannot be seen. Write it anew.");
    let failure = Failure::invalid("http.control_character", text);
    Err(failure.field(field).with("field", field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_refused_with_its_field() {
        assert!(line("name", "Été 2024 · n° 1").is_ok());
        for bad in ["a\0", "a\nb", "\u{7f}", "a\tb"] {
            let refused = line("name", bad).unwrap_err();
            assert_eq!(refused.field.as_deref(), Some("name"), "{bad:?}");
        }
        assert!(lines("description", "a\r\n\tb").is_ok());
        assert!(lines("description", "a\0").is_err());
    }
}
