//! `serve`: one model over HTTP, without a site and without sign-in.

use crate::cli::Serve;
use crate::predict::load;
use anyhow::Context;
use axum::Router;
use axum::routing::get;
use dashboard::lone_model;
use tokio::net::TcpListener;

pub async fn serve(args: Serve) -> anyhow::Result<()> {
    let predictor = load(&args.model)?;
    let name = args
        .model
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    let name = domain::deployment::name_from(&name.unwrap_or_default());
    let router: Router = lone_model(&name, predictor).route("/healthz", get(|| async { "ok" }));
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("{} cannot be listened on", args.listen))?;
    let address = listener.local_addr()?;
    println!("listening on http://{address}");
    println!("POST http://{address}/predictions/{name}");
    axum::serve(listener, router)
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;
    Ok(())
}
