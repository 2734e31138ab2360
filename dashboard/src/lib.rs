//! The gateway: the only part of MicroLearn that speaks to browsers and programs outside.
//!
//! It stores what is asked for, reads what was stored, tells what happens, and answers
//! predictions from models that it keeps loaded. It computes nothing else: whatever takes time is
//! a job of another service.
//!
//! | module | |
//! |---|---|
//! | [`auth`] | sign-in, sessions, tokens, and the gate that only known callers pass |
//! | [`policy`], [`find`] | who may do what, and the only way from an id to a thing |
//! | [`datasets`], [`pipelines`], [`models`], [`deployments`] | one noun each |
//! | [`people`] | accounts, courses, whom people let at their things, and what was done |
//! | [`events`] | server-sent events and WebSocket, with resume |
//! | [`serving`] | predictions |
//! | [`dto`] | what stands on the wire, with its schemas |
//! | [`layers`] | what happens to every request: limits, times, headers, counts, idempotency |
//! | [`router`](mod@router), [`openapi`], [`web`] | the routes, their description, the pages |
//!
//! Facts that explain the design. A route is protected by where it stands, not by its handler.
//! Every error has one shape ([`service_kit::http::ApiError`]). Events are rows with numbers; the
//! bus only wakes those who read them. A gateway keeps nothing that another could not make anew
//! from the store, so any number of them may stand side by side.

pub mod auth;
mod config;
pub mod datasets;
pub mod deployments;
pub mod dto;
mod error;
pub mod events;
pub mod find;
pub mod language;
mod layers;
mod listen;
mod metrics;
pub mod models;
pub mod openapi;
pub mod people;
pub mod pipelines;
pub mod policy;
pub mod quota;
pub mod router;
mod serve;
pub mod serving;
mod state;
#[cfg(test)]
mod testing;
mod text;
mod tls;
pub mod web;

pub use auth::{ADMIN, Hidden, Oidc, OidcConfig, ensure_admin};
pub use config::{GatewayConfig, Limits, Part};
pub use error::GatewayError;
pub use listen::listen;
pub use router::{openapi_text, router};
pub use serve::serve;
pub use serving::lone_model;
pub use state::{Gateway, Shared};
pub use tls::{Tls, TlsError};
