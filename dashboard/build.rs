//! Makes sure that there are pages to embed: the crate must build on a machine without Node.js.

use std::fs;
use std::path::Path;

const PLACEHOLDER: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>MicroLearn</title>\n\
<h1>MicroLearn</h1>\n<p>The API is at <a href=\"/api/docs\">/api/docs</a>. This program was built without its pages: \
run <code>npm ci &amp;&amp; npm run build</code> in <code>dashboard/web</code>, then build it again.</p>\n</html>\n";

fn main() {
    println!("cargo::rerun-if-changed=web/dist");
    println!("cargo::rerun-if-changed=../datasets");
    let index = Path::new("web/dist/index.html");
    if !index.exists() {
        let written = fs::create_dir_all("web/dist").and_then(|()| fs::write(index, PLACEHOLDER));
        if let Err(error) = written {
            println!("cargo::error=cannot write {}: {error}", index.display());
        }
    }
}
