//! A second factor: codes by time from an authenticator (TOTP, RFC 6238), and recovery codes for when it is lost.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Seconds for which a code stands.
pub const STEP_S: u64 = 30;

/// Digits of a code.
pub const DIGITS: u8 = 6;

/// So many steps before and after now are accepted: clocks differ.
pub const SKEW: u16 = 1;

/// Recovery codes are made so many at once.
pub const RECOVERY_CODES: usize = 10;

/// How one's own second factor stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnFactor {
    /// Without a password there is nothing to which it would be the second.
    pub password: bool,
    pub state: FactorState,
}

/// Off, begun or on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorState {
    Off,
    /// A first code has to show that the authenticator has the key.
    Begun(Enrolment),
    On {
        since: DateTime<Utc>,
        used_at: Option<DateTime<Utc>>,
        /// Recovery codes that were not used.
        left: u32,
    },
}

/// What an authenticator has to be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// The key in base32, as it is typed by hand.
    pub key: String,
    /// The same as a link, which a picture holds.
    pub link: String,
}

impl Enrolment {
    /// For an account with this address.
    pub fn new(key: String, account: &str) -> Enrolment {
        const ISSUER: &str = "Slipway";
        let link = format!(
            "otpauth://totp/{ISSUER}:{}?secret={key}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}",
            encoded(account)
        );
        Enrolment { key, link }
    }

    /// The key in groups of four: it is read from one screen and typed into another.
    pub fn groups(&self) -> String {
        groups(&self.key)
    }
}

/// A text in groups of four.
fn groups(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4);
    for (place, c) in text.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// A recovery code as it is shown.
pub fn shown(code: &str) -> String {
    groups(code).replace(' ', "-")
}

/// What somebody typed as a code, without the spaces and hyphens that make it readable.
pub fn tidied(code: &str) -> String {
    let kept = code.chars().filter(|c| c.is_ascii_alphanumeric()).take(64);
    kept.map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether it is meant as a code by time; everything else is meant as a recovery code.
pub fn by_time(tidied: &str) -> bool {
    tidied.len() == usize::from(DIGITS) && tidied.bytes().all(|byte| byte.is_ascii_digit())
}

/// An address as part of a link: all but letters, digits and `-._~` as `%XX`.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_holds_what_an_authenticator_needs() {
        let given = Enrolment::new("JBSWY3DPEHPK3PXP".into(), "ana+1@example.com");
        assert_eq!(
            given.link,
            "otpauth://totp/Slipway:ana%2B1%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Slipway&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(given.groups(), "JBSW Y3DP EHPK 3PXP");
    }

    #[test]
    fn codes_are_read_however_they_are_typed() {
        assert!(by_time(&tidied(" 123 456 ")));
        assert!(!by_time(&tidied("12345")));
        assert!(!by_time(&tidied("123456a")));
        assert_eq!(tidied(&shown("abcdefghij234567")), "abcdefghij234567");
        assert_eq!(tidied("ABCD-efgh"), "abcdefgh");
        assert_eq!(tidied("１２３４５６"), "", "other scripts' digits are none");
    }
}
