//! `bundle` turns the built WebAssembly, the style sheets and the public files into the folder that the server serves.
//!
//! ```text
//! pkg/slipway.<hash>.js      the glue made by wasm-bindgen       site/hash.txt       the hashes, as Leptos reads them
//! pkg/slipway.<hash>.wasm    what every page starts with         site/manifest.json  logical name → path, for the rest
//! pkg/split_….<hash>.wasm    what some pages want besides        *.br, *.gz          beside each file that gains from it
//! pkg/slipway.<hash>.css     style/main.css with its imports     everything else     public/, copied
//! pkg/status.<hash>.css      style/status.css, likewise
//! ```
//!
//! Every name below `pkg/` changes with its contents, so a browser may keep what it has got for ever.

mod compress;
mod report;
mod site;
mod split;
mod style;
mod wasm;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

/// Turns WebAssembly, style sheets and public files into the folder that the server serves.
#[derive(Parser)]
struct Arguments {
    /// The WebAssembly that cargo built from the crate `frontend`.
    #[arg(long)]
    wasm: PathBuf,
    /// The folder with main.css and status.css.
    #[arg(long, default_value = "style")]
    style: PathBuf,
    /// The folder that is copied as it is.
    #[arg(long, default_value = "public")]
    public: PathBuf,
    /// Where the site is written.
    #[arg(long, default_value = "target/site")]
    out: PathBuf,
    /// Keeps what takes long to make (optimised WebAssembly, compressed files) by the hash of what it was made from.
    #[arg(long, default_value = "target/bundle")]
    cache: PathBuf,
    /// The wasm-opt to use; without it the WebAssembly stays as rustc left it.
    #[arg(long)]
    wasm_opt: Option<PathBuf>,
    /// For development: keep names in the WebAssembly, compress nothing, optimise nothing.
    #[arg(long)]
    dev: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line with the causes; a backtrace would bury it.
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut site = site::Site::default();

    let program = wasm::build(&arguments.wasm, &arguments.cache, wasm_opt(arguments), arguments.dev)?;
    site.add_program(program)?;
    site.add_style(
        "slipway",
        "css",
        style::bundle(&arguments.style.join("main.css"), arguments.dev)?,
    );
    site.add_style(
        "status",
        "status",
        style::bundle(&arguments.style.join("status.css"), arguments.dev)?,
    );
    site.add_public(&arguments.public)?;
    site.add_indexes()?;

    let originals = site.sizes();
    if !arguments.dev {
        site.add_compressed(&arguments.cache)?;
    }
    site.write(&arguments.out).with_context(|| {
        format!(
            "{} could not be written: is there disk space left?",
            arguments.out.display()
        )
    })?;
    report::print(&originals, &site.sizes(), site.needs())?;
    Ok(())
}

/// Development wants the shortest way from a change to the page, so it goes without.
fn wasm_opt(arguments: &Arguments) -> Option<&std::path::Path> {
    if arguments.dev {
        None
    } else {
        arguments.wasm_opt.as_deref()
    }
}
