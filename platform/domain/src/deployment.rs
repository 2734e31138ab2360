//! Names under which models answer.

use crate::{CourseId, DeploymentId, Failure, ModelId, PipelineId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// One version of a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeploymentVersion {
    /// Counts from 1.
    pub version: u32,
    /// The model that answers.
    pub model: ModelId,
    /// The pipeline that made the model.
    pub pipeline: PipelineId,
    /// Where the model's artefact lies.
    pub artifact: String,
    /// Hash of the artefact.
    pub sha256: String,
    /// When it was deployed.
    pub created_at: Timestamp,
}

/// A name under which a version of a model answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// Its name in the URL, unique on the site.
    pub name: String,
    /// Whose it is.
    pub owner: UserId,
    /// The course it belongs to, if any.
    pub course: Option<CourseId>,
    /// The version that answers.
    pub version: u32,
    /// Every version, oldest first.
    pub versions: Vec<DeploymentVersion>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed; serving processes reload on change.
    pub updated_at: Timestamp,
}

impl Deployment {
    /// The version that answers.
    #[must_use]
    pub fn active(&self) -> Option<&DeploymentVersion> {
        self.versions
            .iter()
            .find(|version| version.version == self.version)
    }
}

/// Whether `name` can stand in a URL and a host name: a DNS label.
#[must_use]
pub fn is_valid_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty()
        && name.len() <= 63
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// The refusal of a name that cannot be used.
#[must_use]
pub fn bad_name(name: &str) -> Failure {
    let text = format!(
        "{name:?} cannot name a deployment: use 1 to 63 lower-case letters, digits and hyphens, \
         no hyphen at either end."
    );
    Failure::invalid("deployment.name", text)
        .field("name")
        .with("name", name)
}

/// The name nearest to `text` that can name a deployment: letters of any script become the Latin
/// ones nearest to them.
#[must_use]
pub fn name_from(text: &str) -> String {
    let mut name = String::new();
    for character in deunicode::deunicode(text).chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character.to_ascii_lowercase());
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
        if name.len() >= 63 {
            break;
        }
    }
    let name = name.trim_matches('-');
    if name.is_empty() {
        "model".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_labels() {
        assert!(is_valid_name("penguins-2"));
        for bad in ["", "-a", "a-", "A", "a b", "é", "../up", &"a".repeat(64)] {
            assert!(!is_valid_name(bad), "{bad}");
        }
    }

    #[test]
    fn any_text_gives_a_valid_name() {
        for text in ["Élèves 2024.csv", "", "---", "ünï", &"x-".repeat(100)] {
            assert!(is_valid_name(&name_from(text)), "{text}");
        }
        assert_eq!(name_from("Bank Marketing.csv"), "bank-marketing-csv");
    }

    #[test]
    fn letters_with_accents_keep_their_letter() {
        for (text, name) in [
            ("Élèves 2024", "eleves-2024"),
            ("Ça, c'est l'été", "ca-c-est-l-ete"),
            ("Œuvres — Straße", "oeuvres-strasse"),
            // The accent as a character of its own.
            ("e\u{301}le\u{300}ves", "eleves"),
        ] {
            assert_eq!(name_from(text), name, "{text}");
        }
        assert_ne!(name_from("بيانات"), "model");
    }
}
