//! Style sheets: one file from an entry with its `@import`s.

use std::path::Path;

use anyhow::{Context, anyhow};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use lightningcss::targets::Targets;

/// Bundles `entry` with all that it imports; minified unless `readable`.
///
/// No browser is targeted: what is written stays as it is, `light-dark()` and nesting included.
///
/// # Errors
/// When a file is missing or holds what is no CSS; the error names the file and the place in it.
pub fn bundle(entry: &Path, readable: bool) -> anyhow::Result<Vec<u8>> {
    let files = FileProvider::new();
    let mut sheet = Bundler::new(&files, None, ParserOptions::default())
        .bundle(entry)
        .map_err(|error| anyhow!("{error}"))
        .with_context(|| format!("{} could not be bundled", entry.display()))?;
    if !readable {
        sheet
            .minify(MinifyOptions::default())
            .map_err(|error| anyhow!("{error}"))?;
    }
    let printer = PrinterOptions {
        minify: !readable,
        targets: Targets::default(),
        ..PrinterOptions::default()
    };
    let printed = sheet.to_css(printer).map_err(|error| anyhow!("{error}"))?;
    Ok(printed.code.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::bundle;

    #[test]
    fn imports_are_drawn_in_and_light_dark_stays() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("tokens.css"),
            ":root { --ink: light-dark(#111111, #eeeeee); }",
        )
        .unwrap();
        let entry = folder.path().join("main.css");
        std::fs::write(
            &entry,
            "@import \"tokens.css\";\na { color: light-dark(red, var(--ink)); }\np { color: light-dark(red, blue) }",
        )
        .unwrap();

        let css = String::from_utf8(bundle(&entry, false).unwrap()).unwrap();

        assert!(!css.contains("@import"), "{css}");
        assert!(css.contains("--ink:light-dark(#111,#eee)"), "{css}");
        assert!(css.contains("light-dark(red,var(--ink))"), "{css}");
        assert!(css.contains("p{color:light-dark("), "{css}");
    }

    #[test]
    fn a_missing_import_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let entry = folder.path().join("main.css");
        std::fs::write(&entry, "@import \"nowhere.css\";").unwrap();

        let error = format!("{:#}", bundle(&entry, false).unwrap_err());

        assert!(error.contains("main.css"), "{error}");
    }
}
