//! A writer for the inside of an `<svg>`: numbers shortened, text escaped, no style but classes.

use std::fmt::Write as _;

/// The text of a drawing, as it grows.
#[derive(Debug, Default)]
pub struct Sheet(String);

impl Sheet {
    /// The finished text.
    pub fn done(self) -> String {
        self.0
    }

    /// Anything that is already SVG.
    pub fn raw(&mut self, svg: &str) {
        self.0.push_str(svg);
    }

    fn add(&mut self, svg: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.0.write_fmt(svg);
    }

    /// Level, from one place in per cent to another.
    pub fn level(&mut self, class: &str, from: f64, to: f64, y: f64) {
        let (from, to) = (Short(from), Short(to));
        self.add(format_args!(
            r#"<line class="{class}" x1="{from}%" x2="{to}%" y1="{y:.1}" y2="{y:.1}"/>"#
        ));
    }

    /// Upright, at a place in per cent.
    pub fn upright(&mut self, class: &str, x: f64, top: f64, bottom: f64) {
        let x = Short(x);
        self.add(format_args!(
            r#"<line class="{class}" x1="{x}%" x2="{x}%" y1="{top:.1}" y2="{bottom:.1}"/>"#
        ));
    }

    /// A box; x and width in per cent, y and height in px.
    pub fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        let (x, width) = (Short(x), Short(width.max(0.0)));
        let height = height.max(0.0);
        self.add(format_args!(
            r#"<rect class="{class}" x="{x}%" y="{y:.1}" width="{width}%" height="{height:.1}"/>"#
        ));
    }

    /// A disc or ring.
    pub fn disc(&mut self, class: &str, x: f64, y: f64, radius: f64) {
        self.add(format_args!(
            r#"<circle class="{class}" cx="{}%" cy="{y:.1}" r="{radius}"/>"#,
            Short(x)
        ));
    }

    /// Words at a place in per cent, moved by `dx` px.
    pub fn text(&mut self, class: &str, x: f64, dx: f64, y: f64, words: &str) {
        let (x, words) = (Short(x), Escaped(words));
        if dx == 0.0 {
            self.add(format_args!(
                r#"<text class="{class}" x="{x}%" y="{y:.1}">{words}</text>"#
            ));
        } else {
            self.add(format_args!(
                r#"<text class="{class}" x="{x}%" dx="{}" y="{y:.1}">{words}</text>"#,
                Short(dx)
            ));
        }
    }

    /// A path, inside of a stretched drawing.
    pub fn path(&mut self, class: &str, d: &str) {
        if !d.is_empty() {
            self.add(format_args!(r#"<path class="{class}" d="{d}"/>"#));
        }
    }

    /// Begins the drawing that is stretched to the width; x in thousandths, y in px. Ends with [`Sheet::end`].
    pub fn stretched(&mut self, height: f64) {
        self.add(format_args!(
            r#"<svg viewBox="0 0 1000 {height}" width="100%" height="{height}" preserveAspectRatio="none">"#
        ));
    }

    /// Ends a nested drawing.
    pub fn end(&mut self) {
        self.0.push_str("</svg>");
    }

    /// A pole with a pennant, its foot at the lower edge.
    pub fn pennant(&mut self, x: f64, top: f64, foot: f64, letter: &str, bad: bool) {
        let class = if bad { " bad" } else { "" };
        let (x, words) = (Short(x), Escaped(letter));
        let cloth = 8.0 + 7.0 * Short::of(letter.chars().count());
        let (middle, low, words_y) = (top + 5.5, top + 11.0, top + 9.5);
        self.add(format_args!(
            r#"<svg x="{x}%" y="0" overflow="visible"><path class="pole{class}" d="M0 {top}V{foot}"/><path class="pennant{class}" d="M0 {top}H{cloth}L{} {middle}L{cloth} {low}H0Z"/><text class="flag-t" x="4" y="{words_y}">{words}</text></svg>"#,
            cloth + 6.0
        ));
    }
}

/// A number with two decimals at most, none where they are nought.
struct Short(f64);

impl Short {
    fn of(count: usize) -> f64 {
        // Letters on a pennant.
        #[allow(clippy::cast_precision_loss)]
        let count = count as f64;
        count
    }
}

impl std::fmt::Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rounded = (self.0 * 100.0).round() / 100.0;
        write!(f, "{}", if rounded == 0.0 { 0.0 } else { rounded })
    }
}

/// Text between tags or in an attribute.
pub struct Escaped<'a>(pub &'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_become_markup() {
        let mut sheet = Sheet::default();
        sheet.text("v", 10.0, 0.0, 5.0, "<script>alert(\"1\")</script> & co");
        let svg = sheet.done();
        assert!(!svg.contains("<script>"), "{svg}");
        assert!(svg.contains("&amp; co"), "{svg}");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(Short(12.0).to_string(), "12");
        assert_eq!(Short(12.346).to_string(), "12.35");
        assert_eq!(Short(-0.001).to_string(), "0");
    }
}
