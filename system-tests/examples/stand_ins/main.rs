//! The services of a site with stages that do nothing, so that only the handing over is left; one of
//! them can kill its process, as a bad model or a bad library could.
//!
//! - `stand_ins work NAME` plays all seven roles on the backends that the environment names, as the
//!   settings of the program do (`MICROLEARN__STORE__URL` and so on).
//! - `stand_ins measure COUNT` prints how long a pipeline takes from being asked for to its end: on
//!   those backends with two such processes, or, where none are named, embedded.
//!
//! A pipeline whose name begins with `deadly` ends the process whenever its training is begun.

mod measure;
mod site;
mod stage;

use anyhow::bail;
use site::Site;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["work", name] => {
            let working = Site::of_environment().await?.work(name);
            println!("working as stand-ins");
            tokio::signal::ctrl_c().await?;
            working.stop().await;
            Ok(())
        }
        ["measure", count] => measure::measure(count.parse()?).await,
        _ => bail!("stand_ins work NAME, or stand_ins measure COUNT"),
    }
}
