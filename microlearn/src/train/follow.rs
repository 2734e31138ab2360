//! Following a dataset and a pipeline to their end, with bars.

use anyhow::{Context, bail};
use domain::dataset::DatasetState;
use domain::event::EventKind;
use domain::pipeline::{Pipeline, StageName, StageState};
use domain::{DatasetId, PipelineId};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use ports::Ports;
use ports::bus::{Notice, Watch, Watched};
use std::time::Duration;

/// How long to wait for a notice before looking anyway.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Waits until the dataset was read.
pub async fn dataset(ports: &Ports, id: DatasetId) -> anyhow::Result<()> {
    let mut watch = ports.bus.watch().await?;
    loop {
        let found = ports
            .store
            .dataset(id)
            .await?
            .context("the dataset is gone")?;
        match (found.current.state, found.current.error) {
            (DatasetState::Ready, _) => return Ok(()),
            (DatasetState::Failed, Some(failure)) => bail!("{failure}"),
            (DatasetState::Failed, None) => bail!("the file cannot be read"),
            (DatasetState::Profiling, _) => {}
        }
        until_told(&mut watch, |notice| *notice == Notice::Dataset(id)).await;
    }
}

/// Waits until the pipeline has ended; the pipeline then.
pub async fn pipeline(
    ports: &Ports,
    id: PipelineId,
    shown: &mut Shown,
) -> anyhow::Result<Pipeline> {
    let mut watch = ports.bus.watch().await?;
    let mut seen = 0;
    loop {
        let found = ports
            .store
            .pipeline(id)
            .await?
            .context("the pipeline is gone")?;
        for event in ports.store.events(id, seen, 1_000).await? {
            seen = event.seq;
            if let (EventKind::Warning, Some(message)) = (event.what.kind, &event.what.message) {
                shown.say(&message.text);
            }
        }
        shown.show(&found);
        if found.state.is_final() {
            return Ok(found);
        }
        until_told(&mut watch, |notice| *notice == Notice::Pipeline(id)).await;
    }
}

async fn until_told(watch: &mut Box<dyn Watch>, wanted: impl Fn(&Notice) -> bool) {
    let told = async {
        loop {
            match watch.next().await {
                Ok(Watched::Notice(notice)) if !wanted(&notice) => {}
                _ => return,
            }
        }
    };
    // A missed notice costs one look's time.
    drop(tokio::time::timeout(LOOK_EVERY, told).await);
}

/// One bar a stage.
#[derive(Debug)]
pub struct Shown {
    all: MultiProgress,
    bars: Vec<(StageName, ProgressBar)>,
}

impl Shown {
    /// No bars at all if `quiet`; none that move where standard error is no terminal.
    pub fn new(quiet: bool) -> Self {
        let all = MultiProgress::new();
        if quiet {
            all.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }
        let style = ProgressStyle::with_template("{prefix:>9} {bar:24.cyan/dim} {wide_msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bars = StageName::ALL
            .iter()
            .map(|stage| {
                let bar = all.add(ProgressBar::new(1_000).with_style(style.clone()));
                bar.set_prefix(stage.as_str());
                (*stage, bar)
            })
            .collect();
        Self { all, bars }
    }

    fn say(&self, text: &str) {
        // A warning must not be lost where there are no bars.
        if self.all.is_hidden() || self.all.println(format!("  note: {text}")).is_err() {
            eprintln!("note: {text}");
        }
    }

    fn show(&self, pipeline: &Pipeline) {
        for (name, bar) in &self.bars {
            let Some(stage) = pipeline.stage(*name) else {
                continue;
            };
            let message = stage
                .error
                .as_ref()
                .map(|failure| failure.message.text.clone());
            let message = message.or_else(|| stage.message.as_ref().map(|m| m.text.clone()));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of a thousand"
            )]
            let place = (stage.progress.clamp(0.0, 1.0) * 1_000.0) as u64;
            bar.set_position(if stage.state == StageState::Succeeded {
                1_000
            } else {
                place
            });
            bar.set_message(message.unwrap_or_default());
        }
    }

    /// Leaves the bars as they are.
    pub fn end(&self) {
        for (_, bar) in &self.bars {
            bar.abandon();
        }
    }
}
