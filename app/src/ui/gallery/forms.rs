//! Fields, forms and dialogs of the gallery.

use leptos::prelude::*;

use crate::ui::*;

pub(super) fn fields() -> AnyView {
    let strategies = vec![
        Choice::new("canary", "Canary in steps"),
        Choice::same("rolling"),
        Choice::same("blue-green"),
    ];
    view! {
        <Section id="fields" title="Fields" end=|| "Error beside the field, nothing lost">
            <form class="row-form" method="get">
                <TextField name="version" label="Version" value="1.2.4" hint="As in the tag, without the v" required=true/>
                <TextField name="opens" label="Window opens" value="15 Jan 25:00" required=true
                    error="There is no 25:00. Write 15 Jan 10:00."/>
                <Select name="strategy" label="Strategy" choices=strategies value="rolling"/>
                <Button submit=true>"Apply"</Button>
            </form>
            <form class="form after" method="get">
                <div class="pair">
                    <TextField name="minutes" label="Minutes" kind="number" min="1" max="90" value="30" required=true/>
                    <TextField name="digest" label="Digest" class="mono" placeholder="sha256:…"/>
                </div>
                <TextArea name="rollback" label="Rollback plan" required=true value="Revert the deployment."/>
                <fieldset class="field">
                    <legend>"Environments"</legend>
                    <div class="choices across">
                        <Checkbox name="env" value="staging" label="staging" checked=true/>
                        <Checkbox name="env" value="production" label="production"/>
                    </div>
                </fieldset>
                <Checkbox name="lock" label="Lock production afterwards" hint="Automation then deploys nothing until it is lifted."/>
            </form>
            <ol class="set-up after">
                <li class="done"><div><h3>"Repository"</h3><p>"github.com/acme/storefront"</p></div></li>
                <li class="now"><div><h3>"Target"</h3><p class="meta">"How an environment is changed."</p></div></li>
            </ol>
        </Section>
    }
    .into_any()
}

pub(super) fn dialogs() -> AnyView {
    view! {
        <Section id="dialogs" title="Dialog and progress" end=|| "Names the thing, the effect, the way back">
            <form method="get">
                <Button look=Look::Back icon=Icon::Back opens="gallery-back">"Roll back"</Button>
                <ConfirmDialog id="gallery-back" title="Roll back storefront production to 1.2.2?" confirm="Roll back now"
                    keep="Keep watching">
                    <p>"Traffic goes to 0 % for 1.2.3 at once, which takes about 2 s. Production is then locked until somebody lifts it."</p>
                    <TextField name="reason" label="Reason" hint="Goes into the incident and the lock."/>
                </ConfirmDialog>
            </form>
            <p class="after"><Progress label="Code and tests" value=6_u32 max=6_u32/></p>
            <p class="after"><Progress label="Database" value=4_u32 max=5_u32/></p>
            <div class="after"><LongAction what="Testing the connection" percent=40_u32 so_far="4 s"/></div>
        </Section>
    }
    .into_any()
}
