//! Properties of the rules: nobody comes in as somebody else.

use super::*;
use crate::field::Problem;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;

fn person(n: u8) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(n)))
}

fn settings(kind: ProviderKind) -> Settings {
    Settings {
        kind,
        joins: true,
        join_role: Role::Viewer,
        domains: Vec::new(),
        groups: Vec::new(),
        groups_claim: "groups".into(),
    }
}

fn kinds() -> impl Strategy<Value = ProviderKind> {
    proptest::sample::select(ProviderKind::ALL.to_vec())
}

fn roles() -> impl Strategy<Value = Role> {
    proptest::sample::select(Role::ALL.to_vec())
}

fn holders() -> impl Strategy<Value = Option<Holder>> {
    proptest::option::of((0u8..3, any::<bool>()).prop_map(|(n, active)| Holder {
        person: person(n),
        active,
    }))
}

fn intents() -> impl Strategy<Value = Intent> {
    prop_oneof![
        Just(Intent::SignIn),
        (0u8..3).prop_map(|n| Intent::Link(person(n))),
        roles().prop_map(|role| Intent::Invited { role }),
    ]
}

prop_compose! {
    fn scenes()(
        kind in kinds(), joins in any::<bool>(), domain in proptest::option::of("(example|other)\\.com"), intent in intents(),
        email in proptest::option::of("[a-c]@(example|other)\\.com"), email_verified in any::<bool>(),
        linked in holders(), by_email in holders(), has_one in any::<bool>(),
    ) -> (Intent, Settings, Asserted, Known) {
        let settings = Settings { joins, domains: domain.into_iter().collect(), ..settings(kind) };
        let asserted = Asserted { issuer: "i".into(), subject: "s".into(), email, email_verified, ..Asserted::default() };
        (intent, settings, asserted, Known { linked, by_email, has_one })
    }
}

proptest! {
    #[test]
    fn an_identity_of_somebody_enters_as_nobody_else((intent, settings, asserted, known) in scenes()) {
        if let (Some(holder), Ok(verdict)) = (known.linked, decide(intent, &settings, &asserted, &known)) {
            prop_assert_eq!(verdict, Verdict::Enter(holder.person));
        }
    }

    #[test]
    fn an_address_that_is_no_proof_finds_nobody_and_makes_nobody((intent, settings, asserted, known) in scenes()) {
        let proof = asserted.email.is_some() && asserted.email_verified && settings.kind != ProviderKind::Microsoft;
        if intent == Intent::SignIn && known.linked.is_none() && !proof {
            prop_assert_eq!(decide(intent, &settings, &asserted, &known), Err(Refusal::EmailNotProven));
        }
    }

    #[test]
    fn a_closed_account_is_never_entered((_, settings, asserted, known) in scenes()) {
        if let Ok(Verdict::Enter(id) | Verdict::Link(id)) = decide(Intent::SignIn, &settings, &asserted, &known) {
            let holder = [known.linked, known.by_email].into_iter().flatten().find(|holder| holder.person == id);
            prop_assert!(holder.is_some_and(|holder| holder.active) || known.linked.is_none_or(|h| h.person != id || h.active));
            prop_assert!(known.linked.is_none_or(|holder| holder.active));
        }
    }

    #[test]
    fn strangers_join_only_where_they_may((_, settings, asserted, known) in scenes()) {
        if let Ok(Verdict::Join(role)) = decide(Intent::SignIn, &settings, &asserted, &known) {
            prop_assert!(settings.joins && known.by_email.is_none() && known.linked.is_none());
            prop_assert_eq!(role, settings.join_role);
            prop_assert!(settings.admits_domain(asserted.email.as_deref().unwrap_or_default()));
        }
    }

    #[test]
    fn groups_that_are_left_out_give_and_take_no_role((intent, settings, asserted, known) in scenes(), follows in any::<bool>()) {
        let groups = if follows { vec![GroupRole { group: "a".into(), role: Role::Admin }] } else { Vec::new() };
        let settings = Settings { groups, ..settings };
        let told = decide(intent, &settings, &asserted, &known);
        let left_out = decide(intent, &settings, &Asserted { groups_left_out: true, ..asserted }, &known);
        match told {
            Ok(_) if follows && !matches!(intent, Intent::Link(_)) => prop_assert_eq!(left_out, Err(Refusal::GroupsLeftOut)),
            told => prop_assert_eq!(left_out, told),
        }
    }

    #[test]
    fn linking_takes_nothing_from_anybody((intent, settings, asserted, known) in scenes()) {
        if let (Intent::Link(person), Ok(verdict)) = (intent, decide(intent, &settings, &asserted, &known)) {
            prop_assert!(matches!(verdict, Verdict::Enter(id) | Verdict::Link(id) if id == person));
            prop_assert!(known.linked.is_none_or(|holder| holder.person == person));
        }
    }

    #[test]
    fn a_group_gives_its_role_and_takes_it_back(
        given in proptest::collection::vec(("[a-d]", roles()), 0..5), groups in proptest::collection::vec("[a-d]", 0..4),
        role in roles(), by_group in any::<bool>(), fallback in roles(),
    ) {
        let rules: Vec<GroupRole> = given.into_iter().map(|(group, role)| GroupRole { group, role }).collect();
        let settings = Settings { groups: rules.clone(), join_role: fallback, ..settings(ProviderKind::Oidc) };
        let after = role_after(&settings, &groups, Held { role, by_group });
        let best = rules.iter().filter(|rule| groups.contains(&rule.group)).map(|rule| rule.role).max();
        match best {
            Some(best) => prop_assert_eq!(after, Held { role: best, by_group: true }),
            None if by_group => prop_assert_eq!(after, Held { role: fallback, by_group: false }),
            None => prop_assert_eq!(after, Held { role, by_group: false }),
        }
        // Signing in once more changes nothing.
        prop_assert_eq!(role_after(&settings, &groups, after), after);
    }

    #[test]
    fn whatever_claims_hold_only_true_is_verified(subject in "\\PC{0,400}", email in "\\PC{0,60}", verified in values(), groups in values()) {
        let claims = object(json!({ "sub": subject, "email": email, "email_verified": verified.clone(), "groups": groups }));
        match asserted("i", &claims, &Map::new(), "groups") {
            Ok(read) => {
                prop_assert_eq!(&read.subject, &subject);
                prop_assert!(!read.email_verified || verified == Value::Bool(true) && read.email.is_some());
            }
            Err(refusal) => prop_assert_eq!(refusal, Refusal::NotTrusted),
        }
    }

    #[test]
    fn a_form_never_panics_and_reads_as_it_is_written(groups in "[\\PC\n]{0,200}", domains in "[\\PC,\n]{0,100}", issuer in "\\PC{0,80}") {
        let form = ProviderForm { groups, domains, issuer, client_id: "c".into(), ..ProviderForm::new(ProviderKind::Oidc) };
        if let Ok(read) = form.read() {
            let again = ProviderForm { groups: groups_text(&read.groups), domains: domains_text(&read.domains), ..form };
            prop_assert_eq!(again.read(), Ok(read));
        }
    }
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        Just(json!("true")),
        Just(json!(1)),
        Just(Value::Null),
        Just(json!(["a", 1, null, { "name": "b" }])),
        Just(json!({ "true": true })),
    ]
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[test]
fn an_address_of_one_source_is_not_verified_by_the_other() {
    let token = object(json!({ "sub": "s", "email": "victim@example.com" }));
    let info = object(json!({ "sub": "s", "email": "own@example.com", "email_verified": true }));
    let read = asserted("i", &token, &info, "groups").expect("is read");
    assert_eq!(read.email.as_deref(), Some("victim@example.com"));
    assert!(!read.email_verified);
    let other = object(json!({ "sub": "t" }));
    assert_eq!(asserted("i", &token, &other, "groups"), Err(Refusal::NotTrusted));
}

#[test]
fn domains_are_compared_whole() {
    let settings = Settings {
        domains: vec!["example.com".into()],
        ..settings(ProviderKind::Google)
    };
    assert!(settings.admits_domain("a@Example.COM"));
    for other in [
        "a@evil-example.com",
        "a@sub.example.com",
        "a@example.com.evil.org",
        "",
        "example.com",
    ] {
        assert!(!settings.admits_domain(other), "{other}");
    }
}

#[test]
fn an_issuer_is_reached_by_https_or_is_here() {
    let problem = |kind: ProviderKind, issuer: &str| {
        let form = ProviderForm {
            issuer: issuer.into(),
            client_id: "c".into(),
            ..ProviderForm::new(kind)
        };
        form.read().err().and_then(|errors| errors.get("issuer").cloned())
    };
    for fine in [
        "https://id.example.com/realms/a",
        "http://127.0.0.1:9000",
        "http://localhost:9000",
        "http://[::1]:9000",
    ] {
        assert_eq!(problem(ProviderKind::Oidc, fine), None, "{fine}");
    }
    for open in [
        "http://id.example.com",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "https://a@b.example/",
    ] {
        assert_eq!(problem(ProviderKind::Oidc, open), Some(Problem::Url), "{open}");
    }
    assert_eq!(
        problem(ProviderKind::Microsoft, "https://login.microsoftonline.com/common/v2.0"),
        Some(Problem::Tenant)
    );
}

#[test]
fn nobody_joins_by_microsoft_without_an_invitation() {
    let form = ProviderForm {
        issuer: "https://login.microsoftonline.com/8f3c/v2.0".into(),
        client_id: "c".into(),
        joins: "true".into(),
        ..ProviderForm::new(ProviderKind::Microsoft)
    };
    assert!(!form.read().expect("is read").joins);
}

#[test]
fn a_provider_asked_again_when_it_says_so_or_never_says_anything() {
    let begun = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(1);
    let at = |s: i64| Some(begun + chrono::TimeDelta::seconds(s));
    for tells in [true, false] {
        assert!(asked_again(tells, at(5), begun));
        assert!(asked_again(tells, at(-SKEW_S), begun));
        assert!(!asked_again(tells, at(-SKEW_S - 1), begun));
    }
    assert!(asked_again(false, None, begun));
    assert!(!asked_again(true, None, begun), "the wish was taken out of the address");
}

/// What Microsoft documents of who is in more groups than fit into a token.
#[test]
fn an_overage_of_groups_is_noticed() {
    let read = |claims: Value, info: Value| {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        asserted("i", &object(claims), &object(info), "groups").expect("is read")
    };
    let names = json!({"sub": "s", "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": "https://graph.microsoft.com/v1.0/users/x/getMemberObjects"}}});
    assert!(read(names.clone(), json!({})).groups_left_out);
    assert!(read(json!({"sub": "s"}), names.clone()).groups_left_out);
    for has in [json!(true), json!("true")] {
        assert!(read(json!({"sub": "s", "hasgroups": has}), json!({})).groups_left_out);
    }
    for none in [
        json!({"sub": "s"}),
        json!({"sub": "s", "hasgroups": "false"}),
        json!({"sub": "s", "_claim_names": {"address": "src1"}}),
    ] {
        assert!(!read(none, json!({})).groups_left_out);
    }
    // What is told elsewhere is told.
    let told = read(names, json!({"groups": ["a"]}));
    assert_eq!((told.groups, told.groups_left_out), (vec!["a".to_owned()], false));
    let many: Vec<String> = (0..1001).map(|n| n.to_string()).collect();
    assert!(read(json!({"sub": "s", "groups": many}), json!({})).groups_left_out);
}
