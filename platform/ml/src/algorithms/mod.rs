//! One file or folder an algorithm; `crate::registry` lists them.

pub mod baseline;
pub mod elastic_net;
pub mod forests;
pub mod gradient_boosting;
pub mod grown;
pub mod kernel_ridge;
pub mod knn;
pub(crate) mod library;
pub mod linear;
pub mod logistic;
pub mod mlp;
pub mod target_encoding;
