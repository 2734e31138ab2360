//! HTTP edges shared by all roles.
