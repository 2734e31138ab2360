//! `serve`: one model over HTTP, without a site and without sign-in.

use crate::cli::Serve;
use crate::predict::load;
use crate::up::bind;
use axum::Router;
use axum::routing::get;
use dashboard::{Limits, lone_model};
use tokio_util::sync::CancellationToken;

pub async fn serve(args: Serve) -> anyhow::Result<()> {
    let predictor = load(&args.model)?;
    let name = args
        .model
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    let name = domain::deployment::name_from(&name.unwrap_or_default());
    let router: Router = lone_model(&name, predictor).route("/healthz", get(|| async { "ok" }));
    let listener = bind(args.listen, "--listen").await?;
    let address = listener.local_addr()?;
    println!("listening on http://{address}");
    println!("POST http://{address}/predictions/{name}");
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        drop(tokio::signal::ctrl_c().await);
        told.cancel();
    });
    dashboard::listen(
        listener,
        router,
        Limits::default().connections,
        true,
        None,
        stop,
    )
    .await;
    Ok(())
}
