//! Schemas of nouns whose own serde form is the public one. Only the schemas are used; a test
//! holds them against what is really sent.

mod data;
mod evaluation;
pub mod quota;
mod spec;
#[cfg(test)]
mod tests;

pub use data::*;
pub use evaluation::*;
pub use spec::*;
