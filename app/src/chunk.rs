//! Pages whose code comes when it is first wanted: chunks of WebAssembly beside the one that every page starts with.

use leptos::prelude::*;

/// Names pages as an enum, each routed to by a variant, and puts their code into one chunk.
///
/// `pages!(plan: PlanPages { List = ReleaseList, New = ReleaseNew });`
macro_rules! pages {
    ($chunk:ident: $pages:ident { $($page:ident = $view:path),* $(,)? }) => {
        #[derive(Debug, Clone, Copy)]
        enum $pages { $($page),* }

        #[wasm_split_helpers::wasm_split($chunk, fallible)]
        fn $chunk(page: $pages) -> Result<AnyView, $crate::chunk::Missing> {
            Ok(match page { $($pages::$page => $view().into_any()),* })
        }

        impl leptos_router::ChooseView for $pages {
            async fn choose(self) -> AnyView {
                $crate::chunk::wanted(stringify!($chunk));
                match $chunk(self).await {
                    Ok(view) => {
                        $crate::chunk::alive();
                        view
                    }
                    Err(missing) => $crate::chunk::without(missing).await,
                }
            }

            /// A chunk that is missing is met when its page is chosen.
            async fn preload(&self) {}
        }
    };
}
pub(crate) use pages;

/// A chunk that could not be loaded: the connection is lost, or the server has another version by now.
#[derive(Debug, Clone, Copy)]
pub struct Missing;

impl From<wasm_split_helpers::SplitLoaderError> for Missing {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Missing {
        Missing
    }
}

/// On the server: the document names the chunk in its head, so that the browser fetches it beside the first one.
pub fn wanted(chunk: &'static str) {
    #[cfg(feature = "ssr")]
    leptos::prefetch_lazy_fn_on_server(chunk);
    #[cfg(not(feature = "ssr"))]
    let _ = chunk;
}

/// Marks the document as alive once the page has been taken over: `<html data-alive>`. Until then its buttons are plain forms.
pub fn alive() {
    // Taking over goes on in the microtasks that follow; a timer comes after them.
    #[cfg(feature = "hydrate")]
    set_timeout(
        || {
            if let Some(root) = document().document_element() {
                let _ = root.set_attribute("data-alive", "");
            }
        },
        core::time::Duration::ZERO,
    );
}

/// What is shown in place of a page whose chunk is missing. On the way to the page the whole document is loaded from the server instead,
/// which has the chunks that fit. A document that came from the server already stays as it is: its forms and links work without.
pub async fn without(_: Missing) -> AnyView {
    #[cfg(feature = "hydrate")]
    {
        let hydrating = Owner::current_shared_context().is_some_and(|context| context.during_hydration());
        if !hydrating {
            let location = leptos_router::hooks::use_location();
            let wanted = format!(
                "{}{}",
                location.pathname.get_untracked(),
                search(&location.search.get_untracked())
            );
            let _ = window().location().assign(&wanted);
        }
    }
    std::future::pending().await
}

#[cfg(feature = "hydrate")]
fn search(given: &str) -> String {
    if given.is_empty() {
        String::new()
    } else {
        format!("?{given}")
    }
}
