//! Sessions as they are shown to whom they belong.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A browser in which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSession {
    /// Names it, and opens nothing.
    pub number: i64,
    /// When the person signed in.
    pub since: DateTime<Utc>,
    /// The last request, to the minute.
    pub seen_at: DateTime<Utc>,
    /// Where that came from.
    pub network: String,
    /// What the browser said of itself.
    pub agent: String,
}

/// A browser in words, such as "Firefox on Linux": what people recognise, and no more of what browsers claim of themselves.
pub fn browser(agent: &str) -> String {
    // The order matters: nearly everybody says to be Chrome and Safari too.
    const BROWSERS: [(&str, &str); 7] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let name = |list: &[(&str, &'static str)]| {
        list.iter()
            .find(|(mark, _)| agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (name(&BROWSERS), name(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Another program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn browsers_are_known_by_what_only_they_say() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome on Linux");
        assert_eq!(browser(&format!("{chrome} Edg/140.0")), "Edge on Linux");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(browser(phone), "Safari on iPhone");
        assert_eq!(browser("curl/8.5"), "Another program");
        assert_eq!(browser(""), "Another program");
    }
}
