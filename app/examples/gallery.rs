//! Writes the gallery as one HTML page with its styles inside, to look at without a server:
//! `cargo run -p app --features ssr --example gallery -- [light|dark] > gallery.html`

use std::io::Write;
use std::path::Path;

use app::ui::{Gallery, Mark, Sprite};
use leptos::prelude::*;

fn main() -> std::io::Result<()> {
    let theme = std::env::args().nth(1).unwrap_or_else(|| "light".to_owned());
    let style = with_imports(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../style/main.css"))?;
    let body = Owner::new().with(|| {
        view! {
            <Sprite/>
            <div class="shell">
                <header class="side"><div class="side-in"><p class="brand"><Mark/><span>"Slipway"</span></p></div></header>
                <main class="main" id="main"><Gallery/></main>
            </div>
        }
        .to_html()
    });
    write!(
        std::io::stdout(),
        "<!doctype html><html lang=\"en\" data-theme=\"{theme}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Parts</title>\
         <style>{style}</style></head><body>{body}</body></html>"
    )
}

/// A style sheet with the sheets that it imports in their place.
fn with_imports(path: &Path) -> std::io::Result<String> {
    let folder = path.parent().unwrap_or(path);
    let mut out = String::new();
    for line in std::fs::read_to_string(path)?.lines() {
        match line
            .strip_prefix("@import \"")
            .and_then(|rest| rest.strip_suffix("\";"))
        {
            Some(name) => out.push_str(&std::fs::read_to_string(folder.join(name))?),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    Ok(out)
}
