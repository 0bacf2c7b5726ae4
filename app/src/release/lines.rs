//! Text as people typed it: a line stays a line, an address becomes a link.

use domain::field::is_url;
use leptos::prelude::*;

/// Shows text with its line breaks and links.
#[component]
pub fn Lines(
    /// As it was typed.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let lines: Vec<_> = text
        .lines()
        .enumerate()
        .map(|(n, line)| view! { {(n > 0).then(|| view! { <br /> })} {line.split(' ').map(word).collect_view()} })
        .collect();
    view! { {lines} }.into_any()
}

fn word(text: &str) -> AnyView {
    let text = text.to_owned();
    // A full stop or bracket behind an address belongs to the sentence.
    let address = text.trim_end_matches(['.', ',', ';', ')']).to_owned();
    if is_url(&address) {
        let rest = text[address.len()..].to_owned();
        view! { <a href=address.clone() rel="external noopener noreferrer">{address.clone()}</a> {rest} " " }.into_any()
    } else {
        view! { {text} " " }.into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_links_and_nothing_else_does() {
        let html = Owner::new()
            .with(|| view! { <Lines text="see https://ci.example/1.\n<b>x</b> javascript:alert(1)" /> }.to_html());
        assert!(html.contains("href=\"https://ci.example/1\""), "{html}");
        assert!(html.contains("<br"), "{html}");
        assert!(!html.contains("<b>") && !html.contains("href=\"javascript"), "{html}");
    }
}
