//! A link as a QR code: drawn on the server, so that the browser needs no encoder.

use super::api::Picture;
use qrcode::{Color, QrCode};
use std::fmt::Write as _;

/// Light units around the code, which a camera needs to find it.
const QUIET: usize = 4;

/// The picture of a text; None when it does not fit into any.
pub fn of(text: &str) -> Option<Picture> {
    let code = QrCode::new(text).ok()?;
    let width = code.width();
    let colours = code.to_colors();
    let mut path = String::new();
    for (y, row) in colours.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|colour| **colour == Color::Dark).count();
            if run > 0 {
                write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET).ok()?;
            }
            x += run.max(1);
        }
    }
    let side = u32::try_from(width + 2 * QUIET).ok()?;
    Some(Picture { side, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_code_inside_its_quiet_zone() {
        let drawn = of("otpauth://totp/Slipway:ana%40example.com?secret=JBSWY3DPEHPK3PXP").expect("fits");
        // The corner that every code begins with: seven dark units.
        assert!(drawn.path.starts_with("M4 4h7v1h-7z"), "{}", drawn.path);
        assert!(
            drawn.side >= 21 + 8 && (drawn.side - 8 - 21).is_multiple_of(4),
            "{}",
            drawn.side
        );
        assert!(of(&"x".repeat(4000)).is_none());
    }
}
