//! Every component in its states, on one page: what developers look at, and what screenshots are compared with.
//!
//! It shows made-up figures of the procedure's example at one standing moment, so that two renderings of it are equal.

mod figures;
mod forms;

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

use super::*;

/// The page.
#[component]
pub fn Gallery() -> impl IntoView {
    // Its own clock: 15 January 2024, 10:17:20, whatever the page's.
    provide_context(Clock::standing(ClockSeed {
        now: now(),
        zone: Zone::utc(),
    }));
    view! {
        <PageHead
            title="Parts"
            sub=|| view! { <span>"Every component in its states, with the figures of one example"</span> }
            acts=|| view! {
                <Button key="P">"Pause"</Button>
                <Button look=Look::Back icon=Icon::Back key="B">"Roll back"</Button>
            }
        />
        {states()}
        {ways()}
        {buttons()}
        {forms::fields()}
        {whys()}
        {figures::instrument_section()}
        {figures::metrics()}
        {figures::small()}
        {forms::dialogs()}
        {rows()}
        {rest()}
    }
    .into_any()
}

/// The moment at which the gallery stands.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_705_313_840, 0).unwrap_or(DateTime::UNIX_EPOCH)
}

fn states() -> AnyView {
    let rows = [
        (Glyph::Pass, "Healthy", "pass, done, healthy"),
        (Glyph::Run, "Rolling out", "in motion"),
        (Glyph::Wait, "Waiting", "time or a person will clear it"),
        (Glyph::Hold, "Held", "a person should look: degraded, inconclusive"),
        (Glyph::Paused, "Paused", "stopped on purpose, can go on"),
        (Glyph::Block, "Blocked", "a gate says no"),
        (Glyph::Fail, "Failed", "the target said no"),
        (Glyph::Unknown, "Unknown", "it may or may not have happened"),
        (Glyph::Back, "Rolled back", "taken back"),
        (Glyph::Few, "No data", "cannot tell yet; also too little, source down"),
        (Glyph::Lock, "Locked", "lock or freeze, with the hatch"),
        (Glyph::Off, "Not applicable", "does not count"),
    ];
    let row = |(glyph, word, means): (Glyph, &'static str, &'static str)| {
        view! { <tr><td><State glyph>{word}</State></td><td>{means}</td></tr> }
    };
    let icons = Icon::ALL
        .iter()
        .map(|name| view! { <IconMark name=*name/>" " })
        .collect_view();
    let glyphs = Glyph::ALL
        .iter()
        .map(|name| view! { <GlyphMark name=*name/>" " })
        .collect_view();
    view! {
        <Section id="states" title="States" end=|| "Shape, word, colour">
            <table>
                <thead><tr><th scope="col">"State"</th><th scope="col">"Means"</th></tr></thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
            <p class="after">{icons}</p>
            <p class="after">{glyphs}</p>
            <p class="after">
                <Env tier=Tier::Development name="development"/>" "
                <Env tier=Tier::Staging name="staging"/>" "
                <Env tier=Tier::Production name="production"/>" "
                <span class="tag">"canary"</span>" "
                <span class="tag tag-hold">"SEV-2"</span>" "
                <span class="tag tag-fail">"SEV-1"</span>" "
                <span class="ver">"1.2.3"</span>" "
                <Who name="Ana Ruiz"/>
            </p>
        </Section>
    }
    .into_any()
}

fn ramp(done: usize, state: StepState, sentence: &'static str) -> AnyView {
    let weights = [10, 25, 50, 100];
    let step = |(n, weight): (usize, u8)| match n {
        n if n < done => RampStep::new(weight, StepState::Done),
        n if n == done => RampStep::new(weight, state),
        _ => RampStep::new(weight, StepState::Todo),
    };
    let steps: Vec<RampStep> = weights.into_iter().enumerate().map(step).collect();
    view! { <li><Ramp steps sentence=sentence.to_owned()/>" "{sentence}</li> }.into_any()
}

fn ways() -> AnyView {
    let way = |title: &str, more: &str, weight: f64, canary: bool, state: WayState| Way {
        title: title.to_owned(),
        more: more.to_owned(),
        weight,
        canary,
        state,
    };
    let ways = vec![
        way("Verify", "2 min 2 s", 0.0, false, WayState::Done),
        way("Prepare", "backup, migrate", 0.0, false, WayState::Done),
        way("10 %", "10:08 to 10:13", 10.0, true, WayState::Done),
        way("25 %", "1 min 10 s left", 25.0, true, WayState::Now(0.767)),
        way("50 %", "from 10:18", 50.0, true, WayState::Todo),
        way("100 %", "from 10:23", 100.0, false, WayState::Todo),
        way("Check", "5 min", 100.0, false, WayState::Todo),
        way("Bake", "24 h, to Tue 10:33", 100.0, false, WayState::Todo),
    ];
    view! {
        <Section id="ways" title="The ways" end=|| "Height is share of traffic">
            <Ways ways/>
            <ul class="figs after">
                {ramp(0, StepState::Todo, "Planned")}
                {ramp(1, StepState::Canary, "Canary, 25 %")}
                {ramp(2, StepState::Moving, "Rolling, third batch")}
                {ramp(4, StepState::Done, "Succeeded")}
                {ramp(2, StepState::Taken, "Rolled back from 50 %")}
            </ul>
            <ol class="path after" aria-label="Promotion">
                <li>
                    <State glyph=Glyph::Pass>"Running"</State>" "<span class="ver">"1.2.3"</span>" in "
                    <Env tier=Tier::Development name="development"/>
                    <span class="meta">"Sat 13 Jan 18:22"</span>
                </li>
                <li>
                    <State glyph=Glyph::Pass>"Running"</State>" "<span class="ver">"1.2.3"</span>" in "
                    <Env tier=Tier::Staging name="staging"/>
                    <span class="meta">"6 of 6 checks passed"</span>
                </li>
                <li class="next">
                    <State glyph=Glyph::Hold>"Held"</State>" "<span class="ver">"1.2.2"</span>" runs in "
                    <Env tier=Tier::Production name="production"/>
                    <span class="meta">"since Thu 11 Jan 10:34"</span>
                </li>
            </ol>
        </Section>
    }
    .into_any()
}

fn buttons() -> AnyView {
    view! {
        <Section id="buttons" title="Buttons" end=|| "One primary a screen">
            <p class="acts">
                <Button look=Look::Primary>"Approve"</Button>
                <Button>"Edit plan"</Button>
                <Button look=Look::Quiet>"Ask a question"</Button>
                <Button look=Look::Back icon=Icon::Back>"Roll back"</Button>
                <Button look=Look::Sure>"Roll back now"</Button>
                <LinkButton href="#buttons" icon=Icon::Add>"Plan a release"</LinkButton>
                <SubmitButton pending=Signal::stored(true) while_pending="Saving" look=Look::Plain>"Save"</SubmitButton>
                <Button submit=true why_not="The window opens at 10:00 UTC.">"Deploy"</Button>
            </p>
        </Section>
    }
    .into_any()
}

fn whys() -> AnyView {
    view! {
        <Section id="why" title="Why lines" end=|| "What, why, what next">
            <WhyLine glyph=Glyph::Wait what="Waiting for the window.">
                "It opens at 11:00 UTC, "<Until at=now() + TimeDelta::minutes(43)/>"."
            </WhyLine>
            <WhyLine glyph=Glyph::Wait tone=Tone::Run what="Watching 25 % of traffic."
                until="Checkout conversion has 23 of 50 requests; it is a dry run and does not decide.">
                "50 % follows at "<Time at=now() + TimeDelta::seconds(70) stamp=Stamp::Second/>" if no metric fails."
            </WhyLine>
            <WhyLine glyph=Glyph::Paused what="Paused: the metrics source did not answer for 60 s."
                acts=|| view! { <Button>"Resume"</Button> }>
                "Traffic stays at 25 %. Resume or roll back."
            </WhyLine>
            <WhyLine glyph=Glyph::Fail what="Failed: migrate exited with 3 after 41 s.">
                "Nothing was deployed. "<a href="#why">"Output"</a>
            </WhyLine>
            <WhyLine glyph=Glyph::Pass what="Succeeded.">"24 h of bake without a failed metric."</WhyLine>
        </Section>
    }
    .into_any()
}

fn rows() -> AnyView {
    view! {
        <Section id="rows" title="Rows" count="4" end=|| view! { <a href="#rows">"All"</a> }>
            <Tabs
                label="Release"
                tabs=vec![
                    Tab::new("#rows", "Overview", true),
                    Tab::new("#rows", "Checklist", false).with_count("28/31"),
                    Tab::new("#rows", "Approvals", false).with_count("1/2"),
                ]
            />
            <ul class="list">
                <li class="is-hold">
                    <GlyphMark name=Glyph::Hold/>
                    <p class="what"><a href="#rows">"Decide on search p95"</a><br/>
                        <span class="more">"Inconclusive: 41 of 50 requests, source quiet since 10:02."</span></p>
                    <span class="age"><Ago at=now() - TimeDelta::minutes(12)/></span>
                </li>
                <li class="is-fail">
                    <GlyphMark name=Glyph::Block/>
                    <p class="what"><a href="#rows">"Finish the report of INC-41"</a><br/>
                        <span class="more">"Root cause is empty. Overdue by 1 day."</span></p>
                    <span class="age"><Ago at=now() - TimeDelta::days(4)/></span>
                </li>
            </ul>
            <Facts>
                <Fact term="When"><Time at=now()/></Fact>
                <Fact term="Duration">"about 30 min, "<Elapsed from=now() - TimeDelta::seconds(1036)/>" so far"</Fact>
            </Facts>
            <Pages range="1 to 50 of 1,073" next="#rows"/>
        </Section>
    }
    .into_any()
}

fn rest() -> AnyView {
    view! {
        <Section id="empty" title="Empty" end=|| "Says what to do next">
            <Empty
                title="No service yet."
                acts=|| view! { <LinkButton href="#empty" look=Look::Primary>"Add a service"</LinkButton> }
            >
                "A service is something you deploy: a repository, its environments and its owners."
            </Empty>
        </Section>
        <Section id="code" title="Code and copying" end=|| "Output is capped with a visible cut">
            <CopyBox text="slp_7c1e_0f2b9a64d1e8437c" label="Token"/>
            <p class="otp after">"482 913"</p>
            <pre class="code after" tabindex="0" aria-label="Output"><code>
                "$ npm run migrate:up\nadd column users.preferences   ok   1.8 s\n… 214 lines left out"
            </code></pre>
            <div class="probe is-fail after">
                <p>"Connection test"</p>
                <ul>
                    <li class="is-pass"><GlyphMark name=Glyph::Pass/><span>"10.0.0.7:9090 answers"</span><span class="took">"4 ms"</span></li>
                    <li class="is-fail"><GlyphMark name=Glyph::Fail/><span>"No series is called http_requests_total"</span><span class="took">"21 ms"</span></li>
                </ul>
            </div>
        </Section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html() -> String {
        Owner::new().with(|| view! { <Gallery/> }.to_html())
    }

    fn ids(html: &str) -> Vec<&str> {
        html.split(" id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect()
    }

    #[test]
    fn no_component_writes_an_inline_style() {
        assert!(!html().contains(" style="));
    }

    #[test]
    fn every_id_is_there_once() {
        let html = html();
        let mut ids = ids(&html);
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }

    #[test]
    fn what_is_described_or_labelled_elsewhere_is_there() {
        let html = html();
        let ids = ids(&html);
        for attribute in [
            "aria-describedby=\"",
            "aria-labelledby=\"",
            " for=\"",
            "popovertarget=\"",
        ] {
            let named = html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
            for name in named.flat_map(str::split_whitespace) {
                assert!(ids.contains(&name), "{attribute}{name}");
            }
        }
    }

    #[test]
    fn two_renderings_are_equal() {
        assert_eq!(html(), html());
    }
}
