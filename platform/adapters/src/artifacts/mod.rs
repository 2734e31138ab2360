//! Adapters of the artifacts.

mod folder;

pub use folder::Folder;
