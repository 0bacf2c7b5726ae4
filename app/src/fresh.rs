//! A part of a page that is fetched again while people use it.
//!
//! A `Suspend` that reads a resource drops the signals of its view as soon as the resource is fetched again, long before
//! the new view is there; what still stands on the page and reads one of them fails. So the first value alone is
//! waited for; every later one replaces the view in one go, and only when it differs.

use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;

/// Shows what a resource holds now. `draw` may read signals: it runs again when they change.
pub fn fresh<T, V>(resource: Resource<T>, draw: impl Fn(T) -> V + Clone + Send + Sync + 'static) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    V: IntoView + 'static,
{
    fresh_part(resource, |whole| whole, draw)
}

/// Shows a part of what a resource holds, and draws it again only when that part differs: what fetches for itself, or
/// holds what people opened and typed, stays as it is while the rest of the resource moves.
pub fn fresh_part<T, P, V>(
    resource: Resource<T>,
    part: impl Fn(T) -> P + Copy + Send + Sync + 'static,
    draw: impl Fn(P) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    P: Clone + PartialEq + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let shown = RwSignal::new(None::<P>);
    let show = move |whole: T| {
        let value = part(whole);
        if shown.with_untracked(|shown| shown.as_ref() != Some(&value)) {
            shown.set(Some(value));
        }
    };
    Effect::new(move |_| {
        if let Some(value) = resource.get() {
            show(value);
        }
    });
    view! {
        <Transition fallback=|| ()>
            {move || {
                let draw = draw.clone();
                Suspend::new(async move {
                    show(ScopedFuture::new_untracked(async move { resource.await }).await);
                    move || shown.get().map(|value| draw(value).into_any())
                })
            }}
        </Transition>
    }
}
