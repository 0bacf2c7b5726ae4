//! Mails in words: a subject, plain text, and the same as simple HTML.

use super::words;
use crate::event_words::Names;
use store::mail::{Body, Letter};

/// A mail as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub subject: String,
    pub plain: String,
    pub html: String,
}

/// Writes a letter. `address` is where people reach this instance, without a slash at its end.
pub fn write(letter: &Letter, address: &str) -> Written {
    let (subject, text, link, label) = match &letter.body {
        Body::Notice { notice, people } => (
            words::line(notice),
            vec![
                format!("{}.", words::line(notice)),
                words::more(notice, &Names::of(people)),
            ],
            format!("{address}{}", notice.about.path()),
            "Open it in Slipway",
        ),
        Body::Invitation { role, token, until } => (
            "You are invited to Slipway".to_owned(),
            vec![
                format!(
                    "You are invited to Slipway at {address}, with the role {}.",
                    crate::words::role(*role)
                ),
                format!("The link works once, until {}.", until.format("%-d %B %Y, %H:%M UTC")),
            ],
            format!("{address}/invite/{token}"),
            "Choose a password and join",
        ),
        Body::Reset { token, until } => (
            "A new password for Slipway".to_owned(),
            vec![
                "Somebody, probably you, asked for a new password at Slipway. If it was not you, do nothing: your password stays as it is."
                    .to_owned(),
                format!("The link works once, until {}.", until.format("%H:%M UTC")),
            ],
            format!("{address}/reset/{token}"),
            "Choose a new password",
        ),
    };
    let footer = match letter.body {
        Body::Notice { .. } => Some(format!(
            "What you are told, and how, you choose at {address}/profile/notices"
        )),
        Body::Invitation { .. } | Body::Reset { .. } => None,
    };
    // A subject is one line, whatever a title holds.
    let subject: String = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut plain = String::new();
    let mut html = String::from("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><body>");
    if !letter.name.is_empty() {
        plain.push_str(&format!("{},\r\n\r\n", letter.name));
        html.push_str(&format!("<p>{},</p>", escape(&letter.name)));
    }
    for part in &text {
        plain.push_str(&format!("{part}\r\n\r\n"));
        html.push_str(&format!("<p>{}</p>", escape(part)));
    }
    plain.push_str(&format!("{label}:\r\n{link}\r\n"));
    html.push_str(&format!("<p><a href=\"{}\">{label}</a></p>", escape(&link)));
    if let Some(footer) = footer {
        plain.push_str(&format!("\r\n-- \r\n{footer}\r\n"));
        html.push_str(&format!("<p><small>{}</small></p>", escape(&footer)));
    }
    html.push_str("</body></html>");
    Written { subject, plain, html }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use domain::access::By;
    use domain::id::MailId;
    use domain::incident::Severity;
    use domain::notice::{About, Notice, What};

    #[test]
    fn a_title_breaks_neither_the_subject_nor_the_page() {
        let letter = Letter {
            id: MailId(uuid::Uuid::nil()),
            to: "ana@example.com".into(),
            name: "Ana <b>".into(),
            at: DateTime::UNIX_EPOCH,
            body: Body::Notice {
                notice: Notice {
                    what: What::IncidentOpened {
                        severity: Severity::High,
                    },
                    about: About::Incident {
                        number: 7,
                        service: "storefront".into(),
                        title: "Orders\r\nBcc: all@example.com <script>".into(),
                    },
                    by: By::System,
                },
                people: vec![],
            },
        };
        let written = write(&letter, "https://slipway.example.com");
        assert_eq!(written.subject, "INC-7 Orders Bcc: all@example.com <script>, high");
        assert!(!written.html.contains("<script>") && !written.html.contains("<b>"));
        assert!(written.plain.contains("https://slipway.example.com/incidents/7"));
    }
}
